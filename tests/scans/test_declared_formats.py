"""POST /api/repos/{id}/scans with `format`: clean reports that do not show who wrote them."""

import json

import pytest

from scans.models import Finding, Scan, Upload
from tests.scans.domain.formats.test_gitleaks import leak

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "body"), [("gitleaks", b"[]"), ("gitleaks", b"null"), ("trufflehog", b"")]
)
def test_a_clean_report_that_is_declared_proves_that_nothing_was_found(upload, key, body):
    answer = upload(body, f"commit=a1&format={key}", "application/json")

    (tool,) = answer.json()["tools"]
    assert (answer.status_code, tool["name"], tool["status"]) == (201, key, "complete")
    assert tool["check_types"] == ["secrets"]


def test_a_clean_report_closes_what_its_tool_had_found(upload):
    upload(json.dumps([leak(line=3), leak(line=9)]).encode(), "commit=a1")

    answer = upload(b"[]", "commit=a2&format=gitleaks")

    assert answer.json()["counts"]["closed"] == 2


def test_to_remove_one_of_three_secrets_closes_exactly_one(upload):
    upload(json.dumps([leak(line=line) for line in (3, 9, 20)]).encode(), "commit=a1")

    answer = upload(json.dumps([leak(line=line) for line in (8, 19)]).encode(), "commit=a2")

    counts = answer.json()["counts"]
    assert (counts["closed"], counts["unchanged"], counts["opened"]) == (1, 2, 0)
    assert set(Finding.objects.filter(closed_scan=None).values_list("line", flat=True)) == {8, 19}


@pytest.mark.parametrize("preference", ["", "respond-async"])
def test_a_format_that_does_not_exist_is_refused_at_once(upload, preference):
    answer = upload(b"[]", "commit=a1&format=nessus", Prefer=preference)

    assert answer.status_code == 400
    assert "gitleaks" in json.dumps(answer.json())
    assert (Scan.objects.count(), Upload.objects.count()) == (0, 0)


def test_a_report_that_contradicts_its_declaration_is_refused(upload):
    answer = upload(json.dumps([leak()]).encode(), "commit=a1&format=trivy")

    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "The report is of the format gitleaks JSON, but the request says format=trivy; leave "
        "`format` out or correct it."
    )
    assert Scan.objects.count() == 0
