"""Support staff's pages of scans, and what holds for every page of the Django admin."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from audit.models import AuditLogSaaS
from compliance.models import ControlSelection, FrameworkSelection, PolicyVersion
from scans.models import Repository, Scan
from tests.factories import (
    ApiKeyFactory,
    CustomFrameworkFactory,
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
    ScanFactory,
    UploadFactory,
    UserFactory,
)
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db


@pytest.fixture
def support():
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def scan(api_as):
    """A scan that a pipeline made, with one analysis."""
    member = MembershipFactory(org__slug="acme", org__name="Acme Works")
    repository = RepositoryFactory(org=member.org, name="checkout-service")
    answer = api_as(member).post(
        f"/api/repos/{repository.pk}/scans?commit=9fceb02d",
        data=report(result()),
        content_type="application/sarif+json",
    )
    return Scan.objects.get(pk=answer.json()["id"])


def rows_of(page):
    return list(page.context["cl"].result_list)


@pytest.mark.parametrize("words", ["checkout", "acme", "Acme Works"])
def test_repositories_are_found_by_name_and_organization(support, scan, words):
    RepositoryFactory()

    page = support.get(reverse("admin:scans_repository_changelist"), {"q": words})

    assert rows_of(page) == [scan.repository]


@pytest.mark.parametrize("words", ["9fceb02d", "checkout", "acme", "Acme Works"])
def test_scans_are_found_by_commit_repository_and_organization(support, scan, words):
    ScanFactory(commit="0000")

    page = support.get(reverse("admin:scans_scan_changelist"), {"q": words})

    assert rows_of(page) == [scan]


def test_a_scan_is_found_by_its_id(support, scan):
    page = support.get(reverse("admin:scans_scan_changelist"), {"q": str(scan.pk)})

    assert scan in rows_of(page)


@pytest.mark.parametrize("words", ["'", "%", "\\", "a\0b", "9" * 30, "é"])
@pytest.mark.parametrize("model", ["repository", "scan"])
def test_no_search_breaks_the_list(support, model, words):
    page = support.get(reverse(f"admin:scans_{model}_changelist"), {"q": words})

    assert page.status_code in (200, 302)


def test_a_scans_page_shows_what_its_tools_reported(support, scan):
    page = support.get(reverse("admin:scans_scan_change", args=[scan.pk])).content.decode()

    assert "Bandit" in page
    assert "sast_security" in page


def test_a_scan_can_be_neither_added_nor_changed_nor_deleted(support, scan):
    change = reverse("admin:scans_scan_change", args=[scan.pk])

    answers = [
        support.post(reverse("admin:scans_scan_add"), {}),
        support.post(change, {"branch": "other"}),
        support.post(reverse("admin:scans_scan_delete", args=[scan.pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Scan.objects.get().branch == scan.branch


def test_a_repository_of_staff_is_one_act(support):
    organization = OrganizationFactory()

    answer = support.post(
        reverse("admin:scans_repository_add"),
        {"org": organization.pk, "name": "web", "default_branch": "main", "languages": "Go,C"},
    )

    entry = AuditLogSaaS.objects.first()
    assert answer.status_code == 302
    assert Repository.objects.get().languages == ["Go", "C"]
    assert (entry.action, entry.org) == ("REPOSITORY_CREATED", organization.pk)


def test_a_repository_never_changes_hands(support, scan):
    other = OrganizationFactory()
    repository = scan.repository

    support.post(
        reverse("admin:scans_repository_change", args=[repository.pk]),
        {"org": other.pk, "name": "renamed", "default_branch": "main", "languages": ""},
    )

    repository.refresh_from_db()
    assert (repository.name, repository.org.slug) == ("renamed", "acme")


def test_a_name_that_is_taken_is_said_at_the_form(support, scan):
    page = support.post(
        reverse("admin:scans_repository_add"),
        {"org": scan.org_id, "name": "checkout-service", "default_branch": "main"},
    )

    assert page.status_code == 200
    assert "A repository with this name exists already." in page.content.decode()


def test_a_repository_with_scans_is_not_deleted_by_staff(support, scan):
    path = reverse("admin:scans_repository_delete", args=[scan.repository_id])

    answer = support.post(path, {"post": "yes"})

    assert answer.status_code == 403
    assert Scan.objects.count() == 1


def test_a_repository_without_scans_is_deleted_in_one_act(support):
    repository = RepositoryFactory()

    answer = support.post(
        reverse("admin:scans_repository_delete", args=[repository.pk]), {"post": "yes"}
    )

    entry = AuditLogSaaS.objects.first()
    assert answer.status_code == 302
    assert not Repository.objects.exists()
    assert (entry.action, entry.org) == ("REPOSITORY_DELETED", repository.org_id)


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("model", ["repository", "scan"])
def test_any_number_of_rows_is_the_same_number_of_queries(
    support, django_assert_max_num_queries, model, count
):
    ScanFactory.create_batch(count)
    path = reverse(f"admin:scans_{model}_changelist")

    # The session, the user, two counts, the page, and what the filters offer.
    with django_assert_max_num_queries(6):
        assert len(rows_of(support.get(path))) == count


# Every page there is.

ROWS = {
    "audit.AuditLogSaaS": lambda key: AuditLogSaaS.objects.first(),
    "auth.Group": lambda key: Group.objects.create(name="Support"),
    "compliance.ControlSelection": lambda key: ControlSelection.objects.create(
        org=key.org, framework_key="soc2"
    ),
    "compliance.CustomFramework": lambda key: CustomFrameworkFactory(org=key.org),
    "compliance.FrameworkSelection": lambda key: FrameworkSelection.objects.create(org=key.org),
    "compliance.PolicyVersion": lambda key: PolicyVersion.objects.of(key.org).first(),
    "orgs.ApiKey": lambda key: key,
    "orgs.Membership": lambda key: key.membership,
    "orgs.Organization": lambda key: key.org,
    "orgs.User": lambda key: key.membership.user,
    "scans.Repository": lambda key: RepositoryFactory(org=key.org),
    "scans.Scan": lambda key: ScanFactory(repository__org=key.org),
    "scans.Upload": lambda key: UploadFactory(scan__repository__org=key.org),
}
MADE_BY_HAND = {
    "auth.Group",
    "compliance.ControlSelection",
    "compliance.CustomFramework",
    "compliance.FrameworkSelection",
    "orgs.Membership",
    "orgs.Organization",
    "orgs.User",
    "scans.Repository",
}


def path_of(label, page, *args):
    return reverse(f"admin:{label.lower().replace('.', '_')}_{page}", args=args)


def test_every_registered_model_is_in_the_table():
    assert {model._meta.label for model in admin.site._registry} == ROWS.keys()


@pytest.mark.parametrize("label", ROWS)
def test_every_page_opens_and_shows_no_secret(support, label):
    key = ApiKeyFactory(membership__user=UserFactory(password="correct horse battery"))
    row = ROWS[label](key)
    secrets = [
        key.text,
        key.text.split("_")[3],
        bytes(key.digest).hex(),
        key.membership.user.password,
    ]

    pages = [
        support.get(path_of(label, "changelist")),
        support.get(path_of(label, "change", row.pk)),
        support.get(path_of(label, "history", row.pk)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    text = "".join(page.content.decode() for page in pages)
    assert [secret for secret in secrets if secret in text] == []
    assert not re.search(r"argon2|pbkdf2|&lt;memory at|name=\"(digest|password)\"", text)


@pytest.mark.parametrize("label", ROWS)
def test_a_row_is_added_by_hand_only_where_that_makes_sense(support, label):
    page = support.get(path_of(label, "add"))

    assert page.status_code == (200 if label in MADE_BY_HAND else 403)


@pytest.mark.parametrize("label", ROWS)
@pytest.mark.parametrize("person", ["nobody", "customer", "staff_without_rights"])
def test_no_page_opens_to_others(client, label, person):
    row = ROWS[label](ApiKeyFactory())
    if person != "nobody":
        client.force_login(UserFactory(is_staff=person == "staff_without_rights"))

    answer = client.get(path_of(label, "change", row.pk))

    assert answer.status_code == (403 if person == "staff_without_rights" else 302)


def test_s19_words_that_are_not_markup_are_escaped(support):
    repository = RepositoryFactory(name="<script>alert(1)</script>")

    page = support.get(path_of("scans.Repository", "change", repository.pk)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
