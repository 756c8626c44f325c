from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.urls import reverse

from orgs.models import SignIn
from orgs.services import tokens
from tests.conftest import sign_in
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
WRONG = {"detail": "The email or the password is wrong."}
REFUSED = {"detail": "The API key or token is not valid."}
TOKEN, REFRESH, REVOKE, MEMBERS = (
    reverse(f"api:{name}") for name in ("token", "token-refresh", "token-revoke", "member-list")
)


@pytest.fixture
def user():
    return MembershipFactory(user=UserFactory(password=PASSWORD)).user


@pytest.fixture
def pair(anonymous, user):
    return anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD}).json()


def refreshed(client, refresh):
    return client.post(REFRESH, {"refresh": refresh})


def read_members(client, access):
    return client.get(MEMBERS, headers={"Authorization": f"Bearer {access}"})


def test_sign_in_gives_tokens_that_work(anonymous, pair):
    assert set(pair) == {"access", "refresh"}
    assert read_members(anonymous, pair["access"]).status_code == 200


def test_tokens_are_not_kept_on_the_way(anonymous, user):
    response = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    assert response["Cache-Control"] == "no-store"


def test_case_of_the_email_does_not_matter(anonymous, user):
    response = anonymous.post(TOKEN, {"email": user.email.upper(), "password": PASSWORD})

    assert response.status_code == 200


def test_sign_in_is_an_act_in_each_organization(anonymous, user, acts):
    other = MembershipFactory(user=user)

    anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    organizations = user.memberships.values_list("org_id", flat=True)
    assert sorted(acts) == sorted(("SIGN_IN", pk) for pk in organizations)
    assert ("SIGN_IN", other.org_id) in acts


def test_wrong_password_and_unknown_email_read_alike(anonymous, user):
    wrong = anonymous.post(TOKEN, {"email": user.email, "password": "something else"})
    unknown = anonymous.post(TOKEN, {"email": "nobody@example.com", "password": PASSWORD})

    assert (wrong.status_code, wrong.json()) == (401, WRONG)
    assert (unknown.status_code, unknown.json()) == (401, WRONG)
    assert "WWW-Authenticate" in wrong


@pytest.mark.parametrize("email", ["known@example.com", "unknown@example.com"])
def test_refusal_hashes_one_password_whoever_is_asked_for(anonymous, hash_runs, email):
    UserFactory(email="known@example.com", password=PASSWORD)
    before = len(hash_runs)

    anonymous.post(TOKEN, {"email": email, "password": "something else"})

    assert len(hash_runs) - before == 1


@pytest.fixture
def hash_runs(monkeypatch):
    """Each run of the password hash."""
    runs, encode = [], MD5PasswordHasher.encode

    def counted(self, *args):
        runs.append(args)
        return encode(self, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return runs


def test_failed_sign_in_is_an_act_of_the_organization(anonymous, user, acts):
    anonymous.post(TOKEN, {"email": user.email, "password": "something else"})

    assert acts == [("SIGN_IN_FAILED", user.memberships.get().org_id)]


def test_failed_sign_in_of_nobody_is_an_act_of_no_organization(anonymous, acts):
    anonymous.post(TOKEN, {"email": "nobody@example.com", "password": "something else"})

    assert acts == [("SIGN_IN_FAILED", None)]


def test_deactivated_user_may_not_sign_in(anonymous, user):
    user.is_active = False
    user.save()

    response = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD})

    assert (response.status_code, response.json()) == (401, WRONG)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "ada@example.com"}, "password"),
        ({"email": "ada@example.com", "password": None}, "password"),
        ({"email": "no email", "password": "x"}, "email"),
        ({"email": "ada@example.com", "password": "a\0b"}, "password"),
        ({"email": "ada@example.com", "password": "x" * 1025}, "password"),
        ({"email": ["ada@example.com"], "password": "x"}, "email"),
    ],
)
def test_bad_body_names_the_field(anonymous, body, field):
    response = anonymous.post(TOKEN, body)

    assert response.status_code == 400
    assert response.json()["detail"].startswith(f"{field}: ")
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("url", [TOKEN, REFRESH, REVOKE])
@pytest.mark.parametrize(
    "body", ["", "[]", "null", "1", '"text"', "{", "\x00", '{"refresh": "\\ud800"}']
)
def test_no_body_breaks_sign_in(anonymous, url, body):
    response = anonymous.post(url, body, content_type="application/json")

    assert response.status_code == 400


def test_refresh_gives_tokens_that_work(anonymous, pair):
    response = refreshed(anonymous, pair["refresh"])

    assert response.status_code == 200
    assert response.json()["refresh"] != pair["refresh"]
    assert read_members(anonymous, response.json()["access"]).status_code == 200
    assert refreshed(anonymous, response.json()["refresh"]).status_code == 200


def test_second_use_of_a_refresh_token_ends_the_whole_sign_in(anonymous, pair, acts):
    newer = refreshed(anonymous, pair["refresh"]).json()

    replay = refreshed(anonymous, pair["refresh"])

    assert (replay.status_code, replay.json()) == (401, REFUSED)
    assert refreshed(anonymous, newer["refresh"]).status_code == 401
    assert read_members(anonymous, newer["access"]).status_code == 401
    assert [code for code, _ in acts].count("SIGN_OUT") == 1


def test_other_sign_ins_of_the_user_outlive_a_replay(anonymous, user, pair):
    other = anonymous.post(TOKEN, {"email": user.email, "password": PASSWORD}).json()
    refreshed(anonymous, pair["refresh"])

    refreshed(anonymous, pair["refresh"])

    assert refreshed(anonymous, other["refresh"]).status_code == 200


def test_new_password_ends_refresh_and_access(anonymous, user, pair):
    user.set_password("another horse battery")
    user.save()

    assert refreshed(anonymous, pair["refresh"]).status_code == 401
    assert read_members(anonymous, pair["access"]).status_code == 401


def test_deactivated_user_may_not_refresh(anonymous, user, pair):
    user.is_active = False
    user.save()

    assert refreshed(anonymous, pair["refresh"]).status_code == 401


def test_access_token_is_no_refresh_token(anonymous, pair):
    assert refreshed(anonymous, pair["access"]).status_code == 401


def test_refresh_token_is_no_access_token(anonymous, pair):
    assert read_members(anonymous, pair["refresh"]).status_code == 401


def test_sign_out_ends_the_sign_in(anonymous, pair, acts):
    response = anonymous.post(REVOKE, {"refresh": pair["refresh"]})

    assert (response.status_code, response.json()) == (200, {"message": "Signed out"})
    assert refreshed(anonymous, pair["refresh"]).status_code == 401
    assert read_members(anonymous, pair["access"]).status_code == 401
    assert [code for code, _ in acts][-1] == "SIGN_OUT"


def test_second_sign_out_changes_nothing(anonymous, pair, acts):
    anonymous.post(REVOKE, {"refresh": pair["refresh"]})

    response = anonymous.post(REVOKE, {"refresh": pair["refresh"]})

    assert response.status_code == 200
    assert [code for code, _ in acts].count("SIGN_OUT") == 1


@pytest.mark.parametrize("url", [REFRESH, REVOKE])
@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "eyJhbGciOiJub25lIn0.e30."])
def test_text_that_is_no_token_is_refused(anonymous, url, token):
    response = anonymous.post(url, {"refresh": token})

    assert (response.status_code, response.json()) == (401, REFUSED)
    assert "WWW-Authenticate" in response


@pytest.mark.django_db(transaction=True)
def test_of_eight_refreshes_at_once_exactly_one_wins(api_as):
    row = sign_in(MembershipFactory().user)
    refresh, gate = tokens.issue(row).refresh, Barrier(8)

    def attempt(_):
        gate.wait()
        try:
            return refreshed(api_as(), refresh).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(8)))

    assert sorted(statuses) == [200] + [401] * 7
    assert SignIn.objects.get().revoked_at is not None
