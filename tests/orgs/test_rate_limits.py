"""Requests a minute of one credential and of one organization."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from orgs.models import RateWindow
from orgs.services.rates import forget_old_windows
from scans.services import look_after
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db

MEMBERS = reverse("api:member-list")
HEADERS = ("RateLimit", "RateLimit-Policy", "X-RateLimit-Limit", "Retry-After")


@pytest.fixture
def limits(settings):
    def set_limits(*, credential=0, organization=0):
        settings.RATE_LIMIT_PER_MINUTE = credential
        settings.RATE_LIMIT_ORG_PER_MINUTE = organization

    return set_limits


def statuses(client, times):
    return [client.get(MEMBERS).status_code for _ in range(times)]


def age_windows(**by):
    RateWindow.objects.update(started_at=F("started_at") - timedelta(**by))


def test_without_limits_nothing_is_counted_and_no_answer_speaks_of_them(api_as, limits):
    limits()

    answer = api_as(ApiKeyFactory()).get(MEMBERS)

    assert answer.status_code == 200
    assert [name for name in HEADERS if name in answer] == []
    assert not RateWindow.objects.exists()


def test_every_answer_says_what_is_left(api_as, limits):
    limits(credential=3, organization=5)
    client = api_as(ApiKeyFactory(role="viewer"))

    answers = [client.get(MEMBERS), client.post(MEMBERS), client.get(MEMBERS)]

    assert [answer.status_code for answer in answers] == [200, 403, 200]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert answers[0]["RateLimit-Policy"] == '"credential";q=3;w=60, "organization";q=5;w=60'
    assert re.fullmatch(
        r'"credential";r=2;t=[1-6]?\d, "organization";r=4;t=[1-6]?\d', answers[0]["RateLimit"]
    )
    assert answers[0]["X-RateLimit-Limit"] == "3"
    assert 0 < int(answers[0]["X-RateLimit-Reset"]) - time.time() <= 60


def test_one_request_too_many_is_refused_with_a_time_to_come_back(api_as, limits):
    limits(credential=1)
    client = api_as(ApiKeyFactory())
    client.get(MEMBERS)

    answer = client.get(MEMBERS)

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer["X-RateLimit-Remaining"] == "0"
    assert answer.json() == {
        "detail": "Too many requests: this credential may send 1 a minute. "
        f"Wait {answer['Retry-After']} seconds."
    }


def test_a_refused_request_changes_nothing(api_as, limits, acts):
    limits(credential=1)
    client = api_as(MembershipFactory(role="owner"))
    client.get(MEMBERS)

    answer = client.post(MEMBERS, {"email": "new@example.com", "role": "viewer"})

    assert answer.status_code == 429
    assert acts == []


def test_each_key_and_each_member_has_an_allowance_of_its_own(api_as, limits):
    limits(credential=1)
    member = MembershipFactory()
    clients = [api_as(ApiKeyFactory(membership=member)) for _ in range(2)] + [api_as(member)]

    assert [statuses(client, 2) for client in clients] == [[200, 429]] * 3


def test_all_sign_ins_of_a_member_share_one_allowance(api_as, limits):
    limits(credential=1)
    member = MembershipFactory()

    assert statuses(api_as(member), 1) + statuses(api_as(member), 1) == [200, 429]


def test_an_organization_has_one_allowance_for_all_its_credentials(api_as, limits):
    limits(organization=2)
    member = MembershipFactory()
    ours = [api_as(ApiKeyFactory(membership=member)), api_as(member)]

    answers = [client.get(MEMBERS) for client in (*ours, *ours)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "your organization may send 2 a minute" in answers[-1].json()["detail"]
    assert statuses(api_as(ApiKeyFactory()), 1) == [200]


def test_a_key_that_runs_wild_leaves_the_others_of_its_organization_their_share(api_as, limits):
    limits(credential=1, organization=2)
    member = MembershipFactory()
    statuses(api_as(ApiKeyFactory(membership=member)), 10)

    assert statuses(api_as(ApiKeyFactory(membership=member)), 1) == [200]


def test_a_window_ends_after_a_minute(api_as, limits):
    limits(credential=1)
    client = api_as(ApiKeyFactory())
    before = statuses(client, 2)

    age_windows(seconds=30)
    late = statuses(client, 1)
    age_windows(seconds=30)

    assert (before, late, statuses(client, 2)) == ([200, 429], [429], [200, 429])


def test_a_clock_that_is_set_back_locks_nobody_out(api_as, limits):
    limits(credential=1)
    client = api_as(ApiKeyFactory())
    statuses(client, 2)

    age_windows(hours=-1)

    assert statuses(client, 1) == [200]


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "cpl_test_unknown"}])
def test_a_request_without_a_good_credential_is_nobodys(anonymous, limits, headers):
    limits(credential=1, organization=1)

    answers = [anonymous.get(MEMBERS, headers=headers) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {401}
    assert not RateWindow.objects.exists()


def test_upkeep_removes_windows_that_are_over(api_as, limits):
    limits(credential=9)
    statuses(api_as(ApiKeyFactory()), 1)
    age_windows(minutes=1)
    key = ApiKeyFactory()
    statuses(api_as(key), 1)

    look_after(ended=(), now=timezone.now())

    assert [row.subject for row in RateWindow.objects.all()] == [f"key:{key.pk}"]


def test_no_request_waits_for_the_disk_because_of_its_count():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'orgs_ratewindow'")

        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db(transaction=True)
def test_s40_of_two_hundred_requests_at_once_exactly_a_hundred_pass(api_as, limits):
    limits(credential=100)
    key, crowd = ApiKeyFactory(), 20
    gate = Barrier(crowd)

    def ask(_):
        client = api_as(key)
        gate.wait()
        try:
            return statuses(client, 200 // crowd)
        finally:
            connection.close()

    with ThreadPoolExecutor(crowd) as pool:
        answered = [status for part in pool.map(ask, range(crowd)) for status in part]

    assert (answered.count(200), answered.count(429)) == (100, 100)
    assert RateWindow.objects.get().count == 200


@pytest.mark.django_db(transaction=True)
def test_windows_are_removed_while_they_are_counted_in(api_as, limits):
    limits(credential=1000, organization=1000)
    client = api_as(ApiKeyFactory())

    def ask(_):
        try:
            return statuses(client, 20)
        finally:
            connection.close()

    def forget(_):
        try:
            for _ in range(40):
                age_windows(minutes=1)
                forget_old_windows()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        forgotten = pool.submit(forget, None)
        answered = ask(None)
        forgotten.result()

    assert set(answered) == {200}
