"""What somebody may try at the doors, and what ends with what: S14, S15 and S17."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from orgs.services import tokens
from orgs.services.guessing import MAX_EMAILS_PER_ADDRESS, MAX_FAILURES_PER_EMAIL
from tests.conftest import sign_in
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD, NEW = "correct horse battery", "staple under the bed"
TOKEN, REFRESH, MEMBERS = (
    reverse(f"api:{name}") for name in ("token", "token-refresh", "member-list")
)

# S14: what ends with what.


@pytest.fixture
def ada():
    return MembershipFactory(user=UserFactory(email="ada@example.com", password=PASSWORD))


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def is_signed_in(browser):
    return browser.get("/dashboard/settings").status_code == 200


@pytest.fixture
def held(ada):
    """All that Ada may hold: a second session, a sign-in with its tokens, and a key."""
    return {
        "session": browser_of(ada.user),
        "sign_in": tokens.issue(sign_in(ada.user)).refresh,
        "key": ApiKeyFactory(membership=ada).text,
    }


def still_good(held):
    client = APIClient()
    return {
        "session": is_signed_in(held["session"]),
        "sign_in": client.post(REFRESH, {"refresh": held["sign_in"]}).status_code == 200,
        "key": client.get(MEMBERS, headers={"X-API-Key": held["key"]}).status_code == 200,
    }


NOTHING = {"session": False, "sign_in": False, "key": False}
EVERYTHING = dict.fromkeys(NOTHING, True)


def test_s14_all_of_a_removed_member_ends(api_as, ada, held):
    owner = MembershipFactory(org=ada.org, role="owner")

    api_as(owner).delete(reverse("api:member-detail", args=[ada.pk]))

    assert still_good(held) == NOTHING


def test_s14_all_ends_with_a_changed_password_but_the_session_that_changed_it(ada, held):
    browser = browser_of(ada.user)

    browser.post(
        "/password/change",
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, "revoke_keys": "on"},
    )

    assert is_signed_in(browser)
    assert still_good(held) == NOTHING


def test_s14_staff_who_change_their_password_lose_their_keys_too(ada, held):
    ada.user.is_staff = True
    ada.user.save()
    body = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    browser_of(ada.user).post("/admin/password_change/", body)

    assert still_good(held) == NOTHING


def test_s14_what_other_people_hold_goes_on(api_as, ada, held):
    other = MembershipFactory(org=ada.org, role="viewer")
    ApiKeyFactory(membership=other)

    api_as(ada).delete(reverse("api:member-detail", args=[other.pk]))

    assert still_good(held) == EVERYTHING


# S15 and S17: guessing.

DOORS = {"/login": "email", "/admin/login/": "username", TOKEN: "email"}


def attempt(door, email, password, address):
    body = {DOORS[door]: email, "password": password}
    client = APIClient() if door == TOKEN else Client()
    return client.post(door, body, REMOTE_ADDR=address)


@pytest.fixture
def root():
    """Somebody whom every door lets in."""
    user = UserFactory(email="root@example.com", password=PASSWORD, is_staff=True)
    return MembershipFactory(user=user).user


@pytest.mark.parametrize("door", DOORS)
def test_s15_an_account_is_guessed_at_ten_times_from_however_many_addresses(root, door):
    for number in range(MAX_FAILURES_PER_EMAIL):
        attempt(door, root.email, "wrong", f"192.0.2.{number}")

    answer = attempt(door, root.email, PASSWORD, "198.51.100.1")

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60


@pytest.mark.parametrize("door", DOORS)
def test_s15_an_address_guesses_at_ten_accounts(root, door):
    for number in range(MAX_EMAILS_PER_ADDRESS):
        attempt(door, f"user{number}@example.com", "wrong", "192.0.2.1")

    from_there = attempt(door, root.email, PASSWORD, "192.0.2.1")
    from_elsewhere = attempt(door, root.email, PASSWORD, "198.51.100.1")

    assert from_there.status_code == 429
    assert from_elsewhere.status_code in (200, 302)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("tried_at", DOORS)
def test_s15_no_door_gives_new_attempts(root, door, tried_at):
    for number in range(MAX_FAILURES_PER_EMAIL):
        attempt(tried_at, root.email, "wrong", f"192.0.2.{number}")

    assert attempt(door, root.email, PASSWORD, "198.51.100.1").status_code == 429


def test_s15_who_is_in_already_does_not_feel_it(ada, held):
    for number in range(MAX_FAILURES_PER_EMAIL + 1):
        attempt("/login", ada.user.email, "wrong", f"192.0.2.{number}")

    assert still_good(held) == EVERYTHING


@pytest.mark.parametrize("door", DOORS)
def test_s15_the_wait_ends_after_a_quarter_of_an_hour(root, door, time_machine):
    for number in range(MAX_FAILURES_PER_EMAIL):
        attempt(door, root.email, "wrong", f"192.0.2.{number}")

    time_machine.move_to(timezone.now() + timedelta(minutes=15, seconds=1))

    assert attempt(door, root.email, PASSWORD, "198.51.100.1").status_code in (200, 302)


@pytest.fixture
def hash_runs(monkeypatch):
    """Each run of the password hash."""
    runs, encode = [], MD5PasswordHasher.encode

    def counted(self, *args):
        runs.append(args)
        return encode(self, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return runs


def cost_of(hash_runs, send):
    """An answer, and what it took: (status, body without its form's token, queries, hashes)."""
    before = len(hash_runs)
    with CaptureQueriesContext(connection) as queries:
        answer = send()
    text = answer.content.decode()
    shown = [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line]
    return answer.status_code, shown, len(queries), len(hash_runs) - before


@pytest.mark.parametrize("door", DOORS)
def test_s17_a_sign_in_tells_nobody_who_is_known(root, hash_runs, door):
    UserFactory(email="nova@example.com")  # invited, and without a password yet
    emails = (root.email, "nova@example.com", "none@example.com")
    tried = [
        cost_of(hash_runs, lambda email=email: attempt(door, email, "wrong", "192.0.2.1"))
        for email in emails
    ]

    shown = {
        (status, "".join(lines).replace(email, ""))
        for email, (status, lines, *_) in zip(emails, tried, strict=True)
    }
    assert len(shown) == 1
    assert [(queries, hashes) for *_, queries, hashes in tried] == [(tried[0][2], 1)] * 3


def test_s17_a_forgotten_password_tells_nobody_who_is_known(root, hash_runs):
    known, unknown_one = (
        cost_of(hash_runs, lambda email=email: Client().post("/password/reset", {"email": email}))
        for email in (root.email, "none@example.com")
    )

    assert known == unknown_one


def test_s17_an_invitation_tells_nobody_who_is_known(api_as, root):
    owner = MembershipFactory(role="owner")

    answers = [
        api_as(owner).post(MEMBERS, {"email": email, "role": "viewer"})
        for email in (root.email, "none@example.com")
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json().keys() for answer in answers] == [answers[0].json().keys()] * 2
