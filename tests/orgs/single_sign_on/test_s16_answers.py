"""What a browser brings back from a provider, and what the provider itself answers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orgs.services import openid, openid_client
from tests.orgs.single_sign_on.browsing import (
    AWAY,
    START,
    UNCONFIRMED,
    come_in,
    go,
    is_in,
    log,
    text_of,
)
from tests.orgs.single_sign_on.identity_provider import CLIENT_ID, CLIENT_SECRET, key_of, signed_by

pytestmark = pytest.mark.django_db


# State, nonce, proof key.


def forged_state(query):
    return query | {"state": "forged"}


def no_state(query):
    return {"code": query["code"]}


@pytest.mark.parametrize("forge", [forged_state, no_state])
def test_s16_an_answer_without_its_state_is_refused(client, idp, ada, forge):
    path, query = go(client, idp)

    answer = client.get(path, forge(query))

    assert answer.status_code == 400
    assert "begin again" in text_of(answer)
    assert not is_in(client)


def test_s16_an_answer_in_another_browser_is_refused(client, idp, ada):
    path, query = go(client, idp)

    answer = Client().get(path, query)

    assert answer.status_code == 400


def test_s16_an_answer_is_good_once(client, idp, ada):
    path, query = go(client, idp)
    client.get(path, query)
    client.post("/logout")

    answer = client.get(path, query)

    assert answer.status_code == 400
    assert not is_in(client)


def test_s16_an_answer_is_good_for_ten_minutes(client, idp, ada, time_machine):
    path, query = go(client, idp)
    time_machine.move_to(timezone.now() + timedelta(minutes=11))

    assert client.get(path, query).status_code == 400


def test_s16_one_providers_answer_is_not_anothers(client, idp, ada, configure):
    configure(name="other", organization=None)
    _, query = go(client, idp)

    assert client.get("/login/sso/other/callback", query).status_code == 400


def test_s16_an_answer_that_names_another_issuer_is_refused(client, idp, ada):
    path, query = go(client, idp)

    answer = client.get(path, query | {"iss": "https://evil.example"})

    assert UNCONFIRMED in text_of(answer)


def test_s16_a_code_of_another_browsers_sign_in_is_refused(client, idp, ada):
    """Somebody plants an own code: neither the proof key nor the nonce is this session's."""
    _, planted = go(Client(), idp)
    path, query = go(client, idp)

    answer = client.get(path, query | {"code": planted["code"]})

    assert answer.status_code == 403
    assert UNCONFIRMED in text_of(answer)
    assert not is_in(client)
    assert log(ada.org) == ["SSO_FAILED"]


def test_s16_who_cancels_stays_out(client, idp, ada):
    path, query = go(client, idp)

    answer = client.get(path, {"state": query["state"], "error": "access_denied"})

    assert answer.status_code == 403
    assert UNCONFIRMED in text_of(answer)


# The ID token.

HOUR = 3600
FORGED = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another client"},
    "no audience": {"aud": None},
    "several audiences without a party": {"aud": [CLIENT_ID, "another"]},
    "another party": {"azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": 1_000_000_000},
    "no end": {"exp": None},
    "of the future": {"iat": 9_000_000_000},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
    "an endless subject": {"sub": "x" * 256},
    "a NUL in the subject": {"sub": "a\0"},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED)
def test_s16_an_id_token_with_other_claims_is_refused(client, idp, ada, claims):
    idp.claims = claims

    answer = come_in(client, idp)

    assert answer.status_code == 403
    assert UNCONFIRMED in text_of(answer)
    assert log(ada.org) == ["SSO_FAILED"]


def unsigned(claims):
    return openid.jwt.encode(claims, None, algorithm="none", headers={"kid": "first"})


SIGNATURES = {
    "by another key": signed_by("second"),
    "by an unpublished key": signed_by("second", kid="second"),
    "by the client's secret": signed_by("", algorithm="HS256", key=CLIENT_SECRET * 2),
    "by nobody": unsigned,
    "no token": lambda claims: None,
    "no text": lambda claims: {"a": 1},
    "garbage": lambda claims: "a.b.c",
}


@pytest.mark.parametrize("sign", SIGNATURES.values(), ids=SIGNATURES)
def test_s16_an_id_token_that_the_provider_has_not_signed_is_refused(client, idp, ada, sign):
    idp.sign = sign

    answer = come_in(client, idp)

    assert answer.status_code == 403
    assert UNCONFIRMED in text_of(answer)
    assert not is_in(client)


KEYS = {
    "for encryption": lambda key: key | {"use": "enc"},
    "of a secret": lambda key: {"kty": "oct", "k": "c2VjcmV0", "kid": "first"},
    "garbage": lambda key: "key",
    "cut off": lambda key: {"kty": "RSA", "kid": "first"},
}


@pytest.mark.parametrize("change", KEYS.values(), ids=KEYS)
def test_s16_no_other_kind_of_key_proves_anything(client, idp, ada, change):
    idp.keys = [change(key) for key in idp.keys]

    assert UNCONFIRMED in text_of(come_in(client, idp))


def test_s16_a_new_signing_key_is_known_at_once(idp, ada):
    come_in(Client(), idp)
    idp.sign = signed_by("second", kid="second")
    jwk = openid.jwt.algorithms.RSAAlgorithm.to_jwk(key_of("second").public_key(), as_dict=True)
    idp.keys.append(jwk | {"kid": "second"})
    browser = Client()

    come_in(browser, idp)

    assert is_in(browser)


# A provider that is away, slow, or says nonsense.

AT_THE_START = {
    "down": {"configuration": (503, b"maintenance")},
    "no such address": {"configuration": (404, {})},
    "no JSON": {"configuration": (200, b"<html>")},
    "no object": {"configuration": (200, [])},
    "no UTF-8": {"configuration": (200, b"\xff\xfe\x00")},
    "endless depth": {"configuration": (200, b"[" * 200_000)},
    "too large": {"configuration": (200, b" " * 1_100_000 + b"{}")},
}


@pytest.mark.parametrize("answers", AT_THE_START.values(), ids=AT_THE_START)
def test_s16_nobody_leaves_for_a_provider_that_is_out_of_order(client, idp, ada, answers):
    idp.answers = answers

    answer = client.post(START)

    assert answer.status_code == 503
    assert AWAY in text_of(answer)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_s16_a_discovery_document_that_cannot_be_the_issuers_is_refused(
    client, idp, ada, discovery
):
    idp.discovery = discovery

    assert client.post(START).status_code == 503


@pytest.mark.parametrize(
    "answers",
    [
        {"token": (503, b"maintenance")},
        {"jwks": (503, b"")},
        {"jwks": (200, b"<html>")},
    ],
)
def test_s16_a_provider_that_fails_on_the_way_back_is_said_to(client, idp, ada, answers):
    path, query = go(client, idp)
    idp.answers = answers

    answer = client.get(path, query)

    assert answer.status_code == 503
    assert AWAY in text_of(answer)
    assert not is_in(client)


def test_s16_s36_a_redirect_of_the_provider_is_not_followed(client, idp, ada):
    idp.answers = {"configuration": (302, f"{idp.issuer}/jwks")}

    answer = client.post(START)

    assert answer.status_code == 503
    assert "/jwks" not in idp.asked


def test_s16_s36_nor_is_one_on_the_way_back(client, idp, ada):
    path, query = go(client, idp)
    idp.answers = {"jwks": (302, f"{idp.issuer}/userinfo")}

    answer = client.get(path, query)

    assert answer.status_code == 503
    assert "/userinfo" not in idp.asked


@pytest.mark.parametrize("body", [b"<html>", [], 7, {}, {"access_token": "a"}, b"\xff"])
def test_s16_tokens_that_are_none_let_nobody_in(client, idp, ada, body):
    path, query = go(client, idp)
    idp.answers = {"token": (200, body)}

    answer = client.get(path, query)

    assert answer.status_code in (403, 503)
    assert not is_in(client)


def test_s16_the_operator_reads_what_is_wrong(client, idp, ada, caplog):
    idp.discovery = {"issuer": "https://evil.example"}

    client.post(START)

    assert "Single sign-on by acme: OAuth2Error: The discovery document is another" in caplog.text


def test_s16_a_provider_that_cannot_be_reached_is_said_to(client, idp, ada, configure):
    configure(issuer="http://127.0.0.1:1")

    assert AWAY in text_of(client.post(START))


def test_s16_a_provider_that_does_not_answer_is_not_waited_for(client, idp, ada, monkeypatch):
    monkeypatch.setattr(openid_client, "_READ_SECONDS", 0.1)
    idp.answers = {"configuration": idp.hang}

    answer = client.post(START)

    assert answer.status_code == 503
    assert AWAY in text_of(answer)


def test_s16_a_provider_that_answers_drop_by_drop_is_not_waited_for(client, idp, ada, monkeypatch):
    monkeypatch.setattr(openid_client, "_ANSWER_SECONDS", -1)

    assert AWAY in text_of(client.post(START))
