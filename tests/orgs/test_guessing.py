from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orgs.models import SignInFailure
from orgs.services.guessing import MAX_EMAILS_PER_ADDRESS, MAX_FAILURES_PER_EMAIL
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def attempt(anonymous):
    def post(email="ada@example.com", ip="192.0.2.1", **good):
        body = {"email": email, "password": "wrong"} | good
        return anonymous.post(reverse("api:token"), body, REMOTE_ADDR=ip)

    return post


def test_account_waits_after_ten_failures_from_anywhere(attempt, acts):
    UserFactory(email="ada@example.com", password=PASSWORD)
    for number in range(MAX_FAILURES_PER_EMAIL):
        attempt(ip=f"192.0.2.{number}")
    acts.clear()

    response = attempt(password=PASSWORD, ip="198.51.100.1")

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15 * 60
    assert response.json() == {"detail": "Too many failed sign-ins: wait before you try again."}
    assert acts == []


def test_unknown_account_waits_like_a_known_one(attempt):
    for number in range(MAX_FAILURES_PER_EMAIL):
        attempt(email="Nobody@example.com", ip=f"192.0.2.{number}")

    assert attempt(email="nobody@example.com").status_code == 429


def test_address_waits_after_ten_accounts(attempt):
    UserFactory(email="ada@example.com", password=PASSWORD)
    for number in range(MAX_EMAILS_PER_ADDRESS):
        attempt(email=f"user{number}@example.com")

    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, ip="198.51.100.1").status_code == 200


def test_wait_ends_after_a_quarter_of_an_hour(attempt):
    UserFactory(email="ada@example.com", password=PASSWORD)
    for _ in range(MAX_FAILURES_PER_EMAIL):
        attempt()
    past = timezone.now() - timedelta(minutes=15)
    SignInFailure.objects.update(created_at=past)

    assert attempt(password=PASSWORD).status_code == 200


def test_good_sign_in_starts_the_account_again(attempt):
    UserFactory(email="ada@example.com", password=PASSWORD)
    for _ in range(MAX_FAILURES_PER_EMAIL - 1):
        attempt()
    attempt(password=PASSWORD)

    assert attempt().status_code == 401
    assert attempt(password=PASSWORD).status_code == 200


def test_old_failures_are_thrown_away(attempt):
    attempt(email="old@example.com")
    SignInFailure.objects.update(created_at=timezone.now() - timedelta(hours=1))

    attempt()

    assert SignInFailure.objects.count() == 1


def test_typed_email_is_not_stored(attempt):
    attempt(email="ada@example.com")

    assert "ada" not in SignInFailure.objects.get().email_digest
