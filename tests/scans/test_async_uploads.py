"""Prefer: respond-async: the upload is kept, a worker takes it in, the scan tells how far it is."""

import base64
import gzip
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.utils import timezone

from audit.models import AuditLogSaaS
from scans import services
from scans.limits import upload_limits
from scans.models import Finding, Scan, Upload, UploadBody
from scans.services import uploads
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db
ASYNC = {"Prefer": "respond-async"}


def take_in(upload, worker="one"):
    services.take_in(upload.pk, worker=worker, limits=upload_limits())
    upload.refresh_from_db()


def score(client, repository):
    return client.get(f"/api/compliance/score/{repository.pk}").json()["executive_summary"]


@pytest.fixture
def kept(upload):
    """An upload of one finding that no worker has looked at yet."""
    upload(report(result()), **ASYNC)
    return Upload.objects.get()


def test_an_upload_that_may_wait_is_answered_before_it_is_read(upload, repository):
    answer = upload(report(result()), **ASYNC)

    scan = Scan.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/scans/{scan.pk}")
    assert answer["Preference-Applied"] == "respond-async"
    assert answer.json()["status"] == "received"
    assert answer.json()["completed_at"] is None
    assert not Finding.objects.exists()


@pytest.mark.parametrize("header", ["respond-async, wait=10", "handling=strict,Respond-Async;x"])
def test_the_preference_may_stand_among_others(upload, header):
    assert upload(report(), Prefer=header).status_code == 202


@pytest.mark.parametrize("header", ["", "return=minimal", "respond-asynchronously"])
def test_another_preference_changes_nothing(upload, header):
    assert upload(report(), Prefer=header).status_code == 201


def test_a_worker_does_what_the_request_would_have_done(upload, client, repository):
    body = report(result(line=1), result(line=1), result(kind="pass"))
    at_once = upload(body, "commit=a1&branch=sync&lines_of_code=10").json()
    waiting = upload(body, "commit=a1&branch=async&lines_of_code=10", **ASYNC)

    take_in(Upload.objects.unfinished().get())

    done = client.get(waiting["Location"]).json()
    assert done["status"] == "completed"
    for name in ("commit", "tools", "counts"):
        assert done[name] == at_once[name]
    assert Scan.objects.get(branch="async").evidence.lines_of_code == 10


def test_the_score_stays_the_old_one_until_all_is_stored(upload, client, repository, kept):
    before = score(client, repository)
    assert before["posture"] == "Not Assessed"

    take_in(kept)

    assert score(client, repository)["posture"] != "Not Assessed"


def test_what_is_received_is_no_part_of_the_branch_yet(upload, client, repository):
    upload(report(result()), "commit=a1")
    known = score(client, repository)
    upload(report(result(rule="B105")), "commit=b2", **ASYNC)

    assert score(client, repository) == known


def test_a_report_that_cannot_be_read_fails_with_its_reason(upload, client):
    location = upload(b"<html>", **ASYNC)["Location"]

    take_in(Upload.objects.get())

    told = client.get(location).json()
    assert told["status"] == "failed"
    assert "XML or an HTML page" in told["failure"]
    assert Scan.objects.get().status == "failed"
    assert not UploadBody.objects.exists()


def test_a_failed_upload_leaves_what_the_scan_held(upload, client, repository):
    upload(report(result()), "commit=a1")
    known = score(client, repository)
    location = upload(b"{", "commit=a1", **ASYNC)["Location"]

    take_in(Upload.objects.unfinished().get())

    assert client.get(location).json()["status"] == "failed"
    assert score(client, repository)["overall_score"] == known["overall_score"]


def test_an_upload_after_the_failure_makes_it_good(upload, client):
    location = upload(b"{", "commit=a1", **ASYNC)["Location"]
    take_in(Upload.objects.get())

    upload(report(result()), "commit=a1")

    told = client.get(location).json()
    assert (told["status"], "failure" in told) == ("completed", False)


def test_a_job_beside_the_failed_one_does_not_hide_its_failure(upload, client):
    location = upload(b"{", "commit=a1", **ASYNC)["Location"]
    upload(report(tool="Semgrep"), "commit=a1", **ASYNC)
    failing, other = Upload.objects.order_by("pk")

    take_in(failing)
    take_in(other)

    assert client.get(location).json()["status"] == "failed"


def test_the_job_that_is_furthest_behind_speaks_for_the_scan(upload, client):
    location = upload(report(), "commit=a1", **ASYNC)["Location"]
    upload(report(tool="Semgrep"), "commit=a1", **ASYNC)
    first, second = Upload.objects.order_by("pk")

    take_in(first)
    assert client.get(location).json()["status"] == "received"
    Upload.objects.filter(pk=second.pk).update(status="storing")
    assert client.get(location).json()["status"] == "storing"
    take_in(second)
    assert client.get(location).json()["status"] == "completed"


def test_a_worker_leaves_alone_what_another_one_holds(kept):
    Upload.objects.update(worker="other", lease_until=Now() + timedelta(seconds=30))

    take_in(kept)

    assert (kept.status, kept.attempts, kept.worker) == ("received", 0, "other")


def test_a_lease_that_has_run_out_is_anyones(kept):
    Upload.objects.update(
        worker="gone", attempts=1, status="storing", lease_until=Now() - timedelta(seconds=1)
    )

    take_in(kept)

    assert (kept.status, kept.attempts, kept.worker) == ("completed", 2, "one")


def test_a_finished_upload_is_not_taken_in_again(kept):
    take_in(kept)
    first = kept.finished_at

    take_in(kept, worker="two")

    assert (kept.finished_at, kept.worker, kept.attempts) == (first, "one", 1)
    assert Finding.objects.count() == 1


def test_a_worker_that_lost_its_lease_stores_nothing(kept, monkeypatch):
    def another_one_takes_over(point):
        if point == "upload.parsed":
            Upload.objects.update(worker="two", attempts=2)

    monkeypatch.setattr(uploads, "reached", another_one_takes_over)

    take_in(kept)

    assert (kept.status, kept.worker) == ("parsing", "two")
    assert not Finding.objects.exists()
    assert Scan.objects.get().status == "received"


def test_what_ends_its_worker_three_times_is_given_up(kept, client):
    Upload.objects.update(attempts=3)

    take_in(kept)

    assert (kept.status, kept.attempts) == ("failed", 4)
    assert "ended its worker 3 times" in kept.reason
    assert "Upload it in parts" in kept.reason


def test_the_sweeper_calls_for_what_waits_and_for_nothing_else(kept, upload):
    upload(report(), "commit=b2", **ASYNC)
    held = Upload.objects.order_by("pk").last()
    Upload.objects.filter(pk=held.pk).update(lease_until=Now() + timedelta(seconds=30))
    upload(report(), "commit=c3")

    assert services.wake_waiting() == 1


def test_what_a_dead_worker_held_is_free_at_once(kept):
    Upload.objects.update(worker="dead", lease_until=Now() + timedelta(seconds=60))

    services.release_all_of("dead")

    assert services.wake_waiting() == 1


def test_old_uploads_are_forgotten_and_unfinished_ones_never(kept, upload):
    upload(report(), "commit=b2")
    later = timezone.now() + timedelta(days=31)

    services.forget_finished(later)

    assert list(Upload.objects.values_list("pk", flat=True)) == [kept.pk]


def test_a_damaged_or_oversized_body_is_refused_at_once(upload):
    damaged = upload(gzip.compress(report(result()))[:-4], **ASYNC)

    assert damaged.status_code == 400
    assert not Scan.objects.exists()


def test_each_step_is_audited_with_the_uploader(kept, member):
    take_in(kept)

    entries = AuditLogSaaS.objects.filter(action__startswith="SCAN_").order_by("pk")
    assert list(entries.values_list("action", "actor_email")) == [
        ("SCAN_UPLOADED", member.user.email),
        ("SCAN_STORED", member.user.email),
    ]


def test_a_failure_is_audited_with_its_reason(upload, member):
    upload(b"{", **ASYNC)

    take_in(Upload.objects.get())

    entry = AuditLogSaaS.objects.order_by("pk").last()
    assert (entry.action, entry.actor_email) == ("SCAN_FAILED", member.user.email)
    assert "not valid JSON" in entry.metadata["reason"]


def test_several_files_wait_as_one_upload(client, repository):
    files = [
        SimpleUploadedFile("a.sarif", report(result())),
        SimpleUploadedFile("b.sarif", gzip.compress(report(tool="Semgrep"))),
    ]
    client.post(
        f"/api/repos/{repository.pk}/scans?commit=a1",
        {"file": files},
        format="multipart",
        headers=ASYNC,
    )

    take_in(Upload.objects.get())

    assert {one.tool for one in Scan.objects.get().analyses.all()} == {"Bandit", "Semgrep"}


# GitHub's form


def github_form(body, ref="refs/heads/main", **fields):
    packed = base64.b64encode(gzip.compress(body)).decode()
    return json.dumps({"commit_sha": "c0ffee", "ref": ref, "sarif": packed, **fields})


@pytest.mark.parametrize("headers", [{}, ASYNC], ids=["at once", "later"])
def test_githubs_own_upload_form_is_understood(upload, headers):
    upload(github_form(report(result())), "", "application/json", **headers)
    for waiting in Upload.objects.unfinished():
        take_in(waiting)

    scan = Scan.objects.get()
    assert (scan.commit, scan.branch, scan.status) == ("c0ffee", "main", "completed")
    assert Finding.objects.count() == 1


def test_a_pull_requests_ref_is_a_branch_of_its_own(upload):
    upload(github_form(report(), ref="refs/pull/7/merge"), "", "application/json")

    assert Scan.objects.get().branch == "refs/pull/7/merge"


def test_the_form_and_the_query_must_not_contradict_each_other(upload):
    body = github_form(report())

    answer = upload(body, "commit=other", "application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "commit"
    assert upload(body, "commit=c0ffee&branch=main", "application/json").status_code == 201


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"commit_sha": "", "ref": "x", "sarif": ""}, "commit_sha"),
        ({"commit_sha": "c0ffee", "sarif": ""}, "ref"),
        ({"commit_sha": "c0ffee", "ref": "x", "sarif": "a"}, "base64"),
        ({"commit_sha": "c0ffee", "ref": "x", "sarif": ""}, "empty"),
    ],
    ids=["no commit", "no ref", "no base64", "no report"],
)
def test_a_form_that_lacks_something_says_what(upload, form, words):
    answer = upload(json.dumps(form), "", "application/json")

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
