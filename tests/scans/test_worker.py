"""The queue that wakes workers, and what is looked after when something stopped."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from scans import queue, services
from scans.limits import upload_limits
from scans.models import IdempotentAnswer, Scan, Upload, UploadBody
from scans.services import uploads
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db
ASYNC = {"Prefer": "respond-async"}
LATER = timedelta(days=31)


@pytest.fixture
def kept(upload):
    """An upload of one finding that no worker has looked at yet."""
    upload(report(result()), **ASYNC)
    return Upload.objects.get()


def look_after(*ended, now=None):
    services.look_after(ended=ended, now=now or timezone.now())


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def calls():
    """(status, the upload) of each call."""
    return list(ProcrastinateJob.objects.order_by("pk").values_list("status", "args__upload_id"))


def fails_at(point, error):
    def reached(name):
        if name == point:
            raise error

    return reached


# Calls


def test_an_upload_that_is_kept_calls_for_a_worker(kept):
    assert calls() == [("todo", kept.pk)]


def test_an_upload_that_is_refused_calls_for_nobody(upload):
    assert upload(b"", "covers=nothing", **ASYNC).status_code == 400

    assert calls() == []


def test_a_call_that_waits_is_not_made_twice_and_breaks_no_transaction(kept):
    with transaction.atomic():
        queue.wake(kept.pk)
        Upload.objects.update(reason="written after it")

    assert calls() == [("todo", kept.pk)]
    assert Upload.objects.get().reason == "written after it"


def test_a_call_goes_with_the_transaction_that_made_it(kept):
    run("TRUNCATE procrastinate_jobs CASCADE")
    with transaction.atomic():
        queue.wake(kept.pk)
        transaction.set_rollback(True)

    assert calls() == []


# What is looked after


def test_a_queue_that_was_emptied_is_filled_again(kept):
    run(
        "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, "
        "procrastinate_workers"
    )

    look_after()

    assert calls() == [("todo", kept.pk)]


def test_uploads_that_were_called_for_cost_no_more_statements(
    kept, upload, django_assert_num_queries
):
    for number in range(5):
        upload(report(), f"commit=c{number}", **ASYNC)

    with django_assert_num_queries(2):  # what is free, and what was called for
        assert services.wake_waiting() == 6


def test_what_an_ended_worker_held_is_called_for_at_once(kept):
    run("TRUNCATE procrastinate_jobs CASCADE")
    Upload.objects.update(worker="ended", lease_until=Now() + timedelta(seconds=60))

    look_after("another")
    assert calls() == []
    look_after("ended")
    assert calls() == [("todo", kept.pk)]


@pytest.mark.parametrize("status", ["succeeded", "failed", "aborted", "cancelled"])
def test_a_call_that_was_answered_is_forgotten(kept, status):
    run("UPDATE procrastinate_jobs SET status = %s", status)
    Upload.objects.update(finished_at=Now(), status="completed")

    look_after()

    assert calls() == []


def test_a_call_whose_worker_is_silent_for_long_is_forgotten_and_made_again(kept):
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes')")
    run(
        "UPDATE procrastinate_jobs SET status = 'doing', "
        "worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )

    look_after()

    assert calls() == [("todo", kept.pk)]


def test_a_call_whose_worker_lives_is_left_to_it(kept):
    run("INSERT INTO procrastinate_workers DEFAULT VALUES")
    run(
        "UPDATE procrastinate_jobs SET status = 'doing', "
        "worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )
    Upload.objects.update(worker="alive", lease_until=Now() + timedelta(seconds=60))

    look_after()

    assert calls() == [("doing", kept.pk)]


def test_what_nobody_will_ask_for_is_forgotten(upload):
    upload(report(), Idempotency_Key="one")
    assert (Upload.objects.count(), IdempotentAnswer.objects.count()) == (1, 1)

    look_after(now=timezone.now() + LATER)

    assert (Upload.objects.count(), IdempotentAnswer.objects.count()) == (0, 0)


# Attempts that break off


def take_in(upload):
    services.take_in(upload.pk, worker="one", limits=upload_limits())


def test_a_report_without_enough_memory_fails_and_its_process_should_end(kept, monkeypatch):
    monkeypatch.setattr(uploads, "reached", fails_at("upload.parsing", MemoryError()))

    with pytest.raises(MemoryError):
        take_in(kept)

    kept.refresh_from_db()
    assert (kept.status, kept.attempts) == ("failed", 1)
    assert "too large or too complex" in kept.reason
    assert Scan.objects.get().status == "failed"
    assert not UploadBody.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_loses_its_database_leaves_the_upload_to_the_next(kept, monkeypatch):
    monkeypatch.setattr(uploads, "reached", fails_at("upload.parsed", OperationalError("gone")))
    with pytest.raises(OperationalError):
        take_in(kept)
    monkeypatch.undo()

    take_in(kept)

    kept.refresh_from_db()
    assert (kept.status, kept.attempts) == ("completed", 2)


def test_a_repository_that_is_deleted_meanwhile_is_no_error(kept, monkeypatch):
    def deleted(point):
        if point == "upload.parsed":
            Scan.objects.get().repository.delete()

    monkeypatch.setattr(uploads, "reached", deleted)

    take_in(kept)

    assert not Upload.objects.exists()


# Readiness


def test_readiness_tells_how_many_uploads_wait_and_for_how_long(kept, client):
    Upload.objects.update(received_at=timezone.now() - timedelta(seconds=90))

    told = client.get("/healthz/ready").json()["queue"]

    assert told["waiting"] == 1
    assert 90 <= told["oldest_seconds"] < 100
