"""POST /api/repos/{id}/scans: what a pipeline sends, and what it is told."""

import gzip
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import AuditLogSaaS
from scans.models import Finding, Scan
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db


def test_the_answer_explains_every_result(upload, repository):
    body = report(
        result(line=1),
        result(line=1),
        result(rule="B101", line=2, suppressions=[{"kind": "inSource"}]),
        result(rule="B102", kind="pass"),
    )

    answer = upload(body)

    scan = Scan.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/scans/{scan.pk}"
    assert answer.json() == {
        "id": scan.pk,
        "repo_id": repository.pk,
        "branch": "main",
        "commit": "a1",
        "status": "completed",
        "created_at": answer.json()["created_at"],
        "completed_at": answer.json()["completed_at"],
        "tools": [
            {
                "name": "Bandit",
                "version": "1.0",
                "category": "",
                "status": "complete",
                "check_types": ["sast_auth", "sast_crypto", "sast_security"],
            }
        ],
        "counts": {
            "results": 4,
            "opened": 1,
            "unchanged": 0,
            "closed": 0,
            "duplicates": 1,
            "suppressed": 1,
            "ignored": {"kind_pass": 1},
        },
    }


def test_the_next_commit_closes_what_is_gone_and_keeps_the_rest(upload):
    upload(report(result(rule="B602"), result(rule="B603")), "commit=a1")

    answer = upload(report(result(rule="B602"), result(rule="B604")), "commit=a2")

    counts = answer.json()["counts"]
    assert (counts["opened"], counts["unchanged"], counts["closed"]) == (1, 1, 1)


def test_a_retried_upload_changes_nothing(upload):
    body = report(result())
    first = upload(body)

    second = upload(body)

    assert second.json() == first.json()
    assert (Scan.objects.count(), Finding.objects.count()) == (1, 1)


def test_the_same_report_for_another_commit_writes_no_finding(upload):
    upload(report(result()), "commit=a1")

    answer = upload(report(result()), "commit=a2")

    assert answer.json()["counts"] | {"ignored": None} == {
        "results": 1,
        "opened": 0,
        "unchanged": 1,
        "closed": 0,
        "duplicates": 0,
        "suppressed": 0,
        "ignored": None,
    }
    assert Finding.objects.count() == 1


def test_the_same_report_much_later_makes_the_scan_fresh_again(upload):
    with time_machine.travel(timezone.now() - timedelta(days=6), tick=False):
        first = upload(report(result()))

    second = upload(report(result()))

    assert second.json()["id"] == first.json()["id"]
    assert second.json()["completed_at"] > first.json()["completed_at"]


def test_after_another_report_the_first_one_is_read_again(upload):
    upload(report(result()), "commit=a1")
    upload(report(), "commit=a2")

    answer = upload(report(result()), "commit=a3")

    assert answer.json()["counts"]["opened"] == 1


def test_tools_of_one_commit_are_one_scan(upload):
    first = upload(report(result()))

    second = upload(report(tool="gitleaks"))

    assert second.json()["id"] == first.json()["id"]
    assert [tool["name"] for tool in second.json()["tools"]] == ["Bandit", "gitleaks"]
    assert second.json()["counts"]["results"] == 1


def test_a_later_report_of_the_same_tool_and_category_replaces_the_earlier(upload):
    upload(report(result(rule="B602"), category="backend"))
    upload(report(result(rule="B603"), category="frontend"))

    answer = upload(report(category="backend"))

    assert list(Finding.objects.values_list("rule_id", flat=True)) == ["B603"]
    assert answer.json()["counts"]["results"] == 1


def test_without_commit_every_upload_is_a_scan(upload):
    first = upload(report(result()), "")
    second = upload(report(result()), "")

    assert first.json()["id"] != second.json()["id"]
    assert second.json()["commit"] is None


def test_a_tool_that_did_not_finish_closes_nothing(upload):
    upload(report(result()), "commit=a1")

    answer = upload(report(invocations=[{"executionSuccessful": False}]), "commit=a2")

    assert answer.json()["tools"][0]["status"] == "incomplete"
    assert answer.json()["counts"]["closed"] == 0


def test_gzip_is_read_with_or_without_the_header(upload):
    body = gzip.compress(report(result()))

    with_header = upload(body, "commit=a1", **{"Content-Encoding": "gzip"})
    without = upload(body, "commit=a2", "application/gzip")

    assert with_header.json()["counts"]["results"] == 1
    assert without.json()["counts"]["results"] == 1


def test_several_files_come_as_multipart_with_their_fields(api_as, member, repository):
    files = [
        SimpleUploadedFile("a.sarif", report(result())),
        SimpleUploadedFile("b.sarif.gz", gzip.compress(report(tool="gitleaks"))),
    ]

    answer = api_as(member).post(
        f"/api/repos/{repository.pk}/scans",
        {"file": files, "commit": "c7", "branch": "dev", "quality_gate": "passed"},
        format="multipart",
    )

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["commit"], answer.json()["branch"]) == ("c7", "dev")
    assert [tool["name"] for tool in answer.json()["tools"]] == ["Bandit", "gitleaks"]
    assert Scan.objects.get().quality_gate == "passed"


def test_the_same_tool_in_two_files_is_united(api_as, member, repository):
    files = [
        SimpleUploadedFile("a.sarif", report(result(path="a.py"))),
        SimpleUploadedFile("b.sarif", report(result(path="b.py"), result(path="a.py"))),
    ]

    answer = api_as(member).post(
        f"/api/repos/{repository.pk}/scans", {"file": files}, format="multipart"
    )

    counts = answer.json()["counts"]
    assert (counts["results"], counts["opened"], counts["duplicates"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "answer"),
    [
        (b"", "application/json", {}, (400, "empty")),
        (b"<html>", "application/json", {}, (400, "JSON")),
        (b"[]", "application/json", {}, (415, "format=gitleaks")),
        (b'[{"runs": []}]', "application/json", {}, (400, "object")),
        (b'{"version": "1.0.0", "runs": []}', "application/json", {}, (400, "2.1.0")),
        (b"{}", "text/csv", {}, (415, "application/sarif+json")),
        (b"{}", "application/json", {"Content-Encoding": "br"}, (415, "gzip")),
        (b"\x1f\x8bno", "application/json", {}, (400, "gzip")),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(upload, body, content_type, headers, answer):
    status, words = answer

    response = upload(body, "commit=a1", content_type, **headers)

    assert (response.status_code, list(response.json())[:1]) == (status, ["detail"])
    assert words.lower() in response.json()["detail"].lower()
    assert Scan.objects.count() == 0
    assert not AuditLogSaaS.objects.filter(action="SCAN_UPLOADED").exists()


def test_a_body_over_the_limit_is_413(upload, settings):
    settings.UPLOAD_MAX_SENT_BYTES = 100

    answer = upload(report(*[result(line=n) for n in range(1, 20)]))

    assert answer.status_code == 413


def test_s22_a_bomb_is_stopped_while_it_unpacks(upload, settings):
    settings.UPLOAD_MAX_UNPACKED_BYTES = 1_000_000

    answer = upload(gzip.compress(b" " * 50_000_000), content_type="application/gzip")

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("commit=a%00", "commit"),
        ("commit=" + "a" * 65, "commit"),
        ("branch=" + "b" * 256, "branch"),
        ("quality_gate=fine", "quality_gate"),
        ("pull_requests_merged=3", "pull_requests_merged"),
        ("pull_requests_merged=3&pull_requests_reviewed=4", "pull_requests_reviewed"),
        ("lines_of_code=-1", "lines_of_code"),
        ("nothing_to_check=secrets", "nothing_to_check"),
    ],
)
def test_a_bad_field_beside_the_report_is_named(upload, query, field):
    answer = upload(report(), query)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert answer.json()["errors"][0]["field"] == field
    assert Scan.objects.count() == 0


def test_multipart_without_a_file_says_where_it_belongs(api_as, member, repository):
    answer = api_as(member).post(
        f"/api/repos/{repository.pk}/scans", {"report": "x"}, format="multipart"
    )

    assert answer.status_code == 400
    assert "'file'" in answer.json()["detail"]


def test_an_upload_is_audited_once(upload, member, repository):
    upload(report(result()))

    entry = AuditLogSaaS.objects.get(action="SCAN_UPLOADED")
    assert entry.org == member.org_id
    assert entry.actor_email == member.user.email
    assert entry.metadata["repository"] == repository.name
    assert entry.metadata["tools"] == ["Bandit"]


def test_the_score_is_the_new_one_when_the_upload_answers(api_as, upload, member, repository):
    score = f"/api/compliance/score/{repository.pk}"
    upload(report(tool="gitleaks"), "commit=a1")
    before = api_as(member).get(score).json()

    upload(report(result(rule="aws-key"), tool="gitleaks"), "commit=a2")

    after = api_as(member).get(score).json()
    assert (before["total_issues"], after["total_issues"]) == (0, 1)
    assert (
        after["executive_summary"]["overall_score"] < before["executive_summary"]["overall_score"]
    )


def test_a_report_for_an_earlier_commit_moves_only_that_scan(api_as, upload, member, repository):
    upload(report(result(rule="B602")), "commit=a1")
    upload(report(result(rule="B602"), result(rule="B603")), "commit=a2")

    late = upload(report(), "commit=a1").json()

    client = api_as(member)
    at_first = client.get(f"/api/scans/{late['id']}/findings").json()["results"]
    now = client.get(f"/api/repos/{repository.pk}/findings").json()["results"]
    assert at_first == []
    assert sorted(one["rule_id"] for one in now) == ["B602", "B603"]


def test_a_tool_silent_for_long_no_longer_counts(api_as, upload, member, repository):
    with time_machine.travel(timezone.now() - timedelta(days=40), tick=False):
        upload(report(tool="gitleaks"), "commit=a1")
    upload(report(tool="Bandit"), "commit=a2")

    evidence = Scan.objects.first().evidence

    assert [one.tool for one in evidence.reports] == ["Bandit"]


def test_a_flaw_that_two_tools_name_counts_once_with_the_higher_severity(upload):
    upload(report(result(rule="generic-api-key"), tool="gitleaks"))
    upload(report(result(rule="private-key"), tool="TruffleHog"))

    (group,) = Scan.objects.get().evidence.findings

    assert (group.check_type, group.count, group.severity) == ("secrets", 1, "critical")


def test_an_upload_names_its_json_path_when_a_value_is_wrong(upload):
    body = json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": 5}}}]})

    answer = upload(body.encode())

    assert answer.status_code == 400
    assert "runs" in answer.json()["detail"]
