"""Idempotency-Key: a request that is sent again gets the first one's answer."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from audit.models import AuditLogSaaS
from codestax.common.errors import ConflictError
from scans import services
from scans.models import Finding, IdempotentAnswer, Scan, Upload
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def test_the_same_request_again_gets_the_same_answer(upload):
    first = upload(report(result()), **KEY)
    again = upload(report(result()), **KEY)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


def test_a_replay_does_nothing(upload):
    upload(report(result()), "", **KEY)  # without a commit every upload would be another scan
    upload(report(result()), "", **KEY)

    assert Scan.objects.count() == Finding.objects.count() == Upload.objects.count() == 1
    assert AuditLogSaaS.objects.filter(action="SCAN_UPLOADED").count() == 1


def test_a_replay_tells_what_was_said_then(upload):
    first = upload(report(result()), "commit=a1", **KEY)
    upload(report(), "commit=a1")

    assert upload(report(result()), "commit=a1", **KEY).json() == first.json()


def test_the_key_may_be_quoted_as_the_draft_has_it(upload):
    first = upload(report(), **KEY)

    quoted = upload(report(), **{"Idempotency-Key": f'"{KEY["Idempotency-Key"]}"'})

    assert quoted["Idempotency-Replayed"] == "true"
    assert quoted.json() == first.json()


@pytest.mark.parametrize(
    ("query", "body", "headers"),
    [
        ("commit=a1", report(result(line=9)), {}),
        ("commit=b2", report(), {}),
        ("commit=a1", report(), {"Prefer": "respond-async"}),
    ],
    ids=["another body", "another commit", "another preference"],
)
def test_the_key_of_another_request_is_refused(upload, query, body, headers):
    upload(report(), "commit=a1", **KEY)

    answer = upload(body, query, **KEY, **headers)

    assert answer.status_code == 422
    assert "use a new key" in answer.json()["detail"]
    assert Scan.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_key(upload):
    assert upload(b"{", **KEY).status_code == 400
    assert upload(report(), **KEY).status_code == 201


def test_a_reception_is_replayed_too(upload):
    first = upload(report(), "", Prefer="respond-async", **KEY)
    again = upload(report(), "", Prefer="respond-async", **KEY)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again["Preference-Applied"] == "respond-async"
    assert Upload.objects.count() == 1


def test_a_key_counts_within_its_organization(upload, api_as):
    upload(report(), **KEY)
    other = MembershipFactory(role="member")
    repository = RepositoryFactory(org=other.org)

    answer = api_as(ApiKeyFactory(membership=other)).post(
        f"/api/repos/{repository.pk}/scans?commit=a1",
        data=report(),
        content_type="application/json",
        headers=KEY,
    )

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


def test_a_key_is_remembered_for_a_day(upload):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        upload(report(), "commit=a1", **KEY)
    with time_machine.travel(now + timedelta(hours=23, minutes=59), tick=False):
        assert upload(report(), "commit=b2", **KEY).status_code == 422
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        assert upload(report(), "commit=b2", **KEY).status_code == 201


def test_what_is_older_than_a_day_is_deleted(upload):
    upload(report(), **KEY)

    services.forget_old_answers(timezone.now() + timedelta(hours=25))

    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ".encode().decode("latin-1")])
def test_a_key_that_is_none_is_refused(upload, key):
    answer = upload(report(), **{"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "255 visible ASCII characters" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_first_is_still_at_work_is_asked_to_come_later(repository):
    is_at_work, may_end = threading.Event(), threading.Event()
    answers = []

    def once(work):
        return services.answered_once(
            organization=repository.org,
            key="k",
            request_digest=b"d" * 32,
            now=timezone.now(),
            work=work,
        )

    def slow():
        is_at_work.set()
        may_end.wait(timeout=20)
        return services.Answer(201, {"id": 1}, "/api/scans/1")

    def first():
        answers.append(once(slow))
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert is_at_work.wait(timeout=20)
    with pytest.raises(ConflictError, match="still at work"):
        once(slow)
    may_end.set()
    thread.join()

    assert once(slow).is_replayed
    assert answers[0].body == {"id": 1}
