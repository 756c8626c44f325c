"""What support sees of an organization's scans and uploads."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.services.staff import add_support
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
    ScanFactory,
    UploadFactory,
)
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel():
    """The rows of one table of an organization's page."""
    support = Client()
    support.force_login(add_support(email="sam@codestax.example"))

    def rows(organization, title):
        path = reverse("admin:orgs_organization_change", args=[organization.pk])
        page = support.get(path)
        assert page.status_code == 200
        (found,) = [one for one in page.context["panels"] if one.title == title]
        return [[getattr(cell, "text", cell) for cell in row] for row in found.rows]

    return rows


@pytest.fixture
def member():
    return MembershipFactory()


def test_usage_counts_what_is_the_organizations_own(panel, member, api_as):
    repository = RepositoryFactory(org=member.org)
    old = datetime(2020, 1, 1, tzinfo=UTC)
    ScanFactory(repository=repository, created_at=old)
    ScanFactory()
    UploadFactory(scan=ScanFactory(repository=repository))
    api_as(member).post(
        f"/api/repos/{repository.pk}/scans?commit=9fceb02d",
        data=report(result()),
        content_type="application/sarif+json",
    )

    assert panel(member.org, "Usage") == [
        ["Repositories", "1"],
        ["Scans of the last 30 days", "2"],
        ["Open findings, all branches", "1"],
        ["Uploads that wait", "1"],
    ]


def test_usage_stops_counting_somewhere(panel, member, monkeypatch):
    monkeypatch.setattr("scans.admin.panels.MOST_COUNTED", 2)
    RepositoryFactory.create_batch(3, org=member.org)

    assert panel(member.org, "Usage")[0] == ["Repositories", "more than 2"]


def test_the_last_scans_are_listed_with_tools_and_counts(panel, member, api_as):
    repository = RepositoryFactory(org=member.org, name="checkout")
    api_as(member).post(
        f"/api/repos/{repository.pk}/scans?commit=9fceb02d&branch=dev",
        data=report(result()),
        content_type="application/sarif+json",
    )

    (row,) = panel(member.org, "Last scans")

    assert row[1:6] == [
        "checkout",
        "dev",
        "Completed",
        "Bandit",
        "1 result, 1 opened, 0 closed",
    ]


def test_of_many_scans_the_newest_are_listed(panel, member):
    repository = RepositoryFactory(org=member.org)
    scans = ScanFactory.create_batch(21, repository=repository)

    ids = [row[-1] for row in panel(member.org, "Last scans")]

    assert ids == [str(scan.pk) for scan in reversed(scans[1:])]


def test_a_failed_upload_stands_with_its_reason(panel, member):
    scan = ScanFactory(repository__org=member.org)
    finished = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    UploadFactory(scan=scan, status="failed", reason="It is no JSON.", finished_at=finished)
    UploadFactory(status="failed", finished_at=timezone.now())

    (row,) = panel(member.org, "Failed uploads")

    assert (row[0], row[3]) == ("2026-03-04 05:06 UTC", "It is no JSON.")


def test_an_upload_that_waits_stands_with_its_time_the_oldest_first(panel, member):
    scan = ScanFactory(repository__org=member.org)
    new = UploadFactory(scan=scan, received_at=datetime(2026, 3, 5, tzinfo=UTC))
    old = UploadFactory(scan=scan, received_at=datetime(2026, 3, 4, tzinfo=UTC))
    UploadFactory(scan=scan, status="completed", finished_at=timezone.now())

    rows = panel(member.org, "Uploads that wait")

    assert [row[-1] for row in rows] == [str(old.pk), str(new.pk)]
    assert rows[0][0] == "2026-03-04 00:00 UTC"


@pytest.mark.parametrize("title", ["Uploads that wait", "Failed uploads", "Last scans"])
def test_a_new_organization_has_none(panel, title):
    assert panel(OrganizationFactory(), title) == []


def test_no_text_of_a_finding_is_on_the_pages(member, api_as):
    support = Client()
    support.force_login(add_support(email="sam@codestax.example"))
    repository = RepositoryFactory(org=member.org)
    answer = api_as(member).post(
        f"/api/repos/{repository.pk}/scans?commit=9fceb02d",
        data=report(result(message={"text": "the password is hunter2"})),
        content_type="application/sarif+json",
    )

    pages = [
        support.get(reverse("admin:orgs_organization_change", args=[member.org_id])),
        support.get(reverse("admin:scans_scan_change", args=[answer.json()["id"]])),
        support.get(reverse("admin:scans_repository_change", args=[repository.pk])),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "hunter2" not in "".join(page.content.decode() for page in pages)
