import time

import jwt
import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from tests.conftest import sign_in
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def signed(**changes):
    """A token of this user with other claims, signed with our key."""
    claims = {
        "token_type": "access",
        "exp": int(time.time()) + 600,
        "jti": "0" * 32,
        "iss": "codestax",
        "aud": "codestax-api",
        "user_id": 1,
        "sid": 1,
        "tv": 0,
    }
    return jwt.encode(claims | changes, django_settings.JWT_SIGNING_KEY, algorithm="HS256")


def read_members(client, access):
    return client.get(reverse("api:member-list"), headers={"Authorization": f"Bearer {access}"})


@pytest.fixture
def claims():
    """What makes a token good, so that each test spoils one thing only."""
    row = sign_in(MembershipFactory().user)
    return {"user_id": row.user.pk, "sid": row.pk, "tv": row.user.token_version}


def test_token_with_right_claims_and_key_is_good(anonymous, claims):
    assert read_members(anonymous, signed(**claims)).status_code == 200


@pytest.mark.parametrize(
    "spoiled",
    [
        {"iss": "somebody-else"},
        {"aud": "another-api"},
        {"exp": int(time.time()) - 64},
        {"token_type": "refresh"},
        {"tv": 99},
        {"sid": 10**15},
        {"user_id": 10**15},
    ],
    ids=lambda spoiled: next(iter(spoiled)),
)
def test_s8_one_wrong_claim_refuses_an_access_token(anonymous, claims, spoiled):
    assert read_members(anonymous, signed(**claims | spoiled)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_s8_other_algorithms_are_refused(anonymous, claims, algorithm):
    payload = jwt.decode(signed(**claims), options={"verify_signature": False})
    key = None if algorithm == "none" else django_settings.JWT_SIGNING_KEY
    token = jwt.encode(payload, key, algorithm=algorithm, headers={"kid": "../../dev/null"})

    assert read_members(anonymous, token).status_code == 401


def test_s8_another_key_and_no_signature_are_refused(anonymous, claims):
    good = signed(**claims)
    payload = jwt.decode(good, options={"verify_signature": False})
    forged = jwt.encode(payload, "another key of thirty-two bytes!", algorithm="HS256")

    assert read_members(anonymous, forged).status_code == 401
    assert read_members(anonymous, good.rpartition(".")[0] + ".").status_code == 401
