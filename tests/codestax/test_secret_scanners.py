"""The keys of secret scanners, as their publisher gives them out."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured

from codestax.secret_scanners import env_scanner_keys

NAME = "SECRET_SCANNING_KEYS"


def pem_of(private):
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def listed(*keys):
    entries = [
        {"key_identifier": str(number), "key": key, "is_current": False}
        for number, key in enumerate(keys)
    ]
    return json.dumps({"public_keys": entries})


@pytest.fixture
def read(monkeypatch):
    def read(text):
        monkeypatch.setenv(NAME, text)
        return env_scanner_keys(NAME)

    return read


def test_nobody_is_known_where_nothing_is_set(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)

    assert env_scanner_keys(NAME) == {}


def test_keys_are_known_by_their_identifiers(read):
    keys = [generate_private_key(SECP256R1()) for _ in range(2)]

    found = read(listed(*(pem_of(key).decode() for key in keys)))

    assert found == {str(number): key.public_key() for number, key in enumerate(keys)}


def test_the_document_may_stand_in_a_file(monkeypatch, tmp_path):
    key = generate_private_key(SECP256R1())
    (tmp_path / "keys.json").write_text(listed(pem_of(key).decode()))
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "keys.json"))

    assert env_scanner_keys(NAME) == {"0": key.public_key()}


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        '{"public_keys": 5}',
        '{"public_keys": [{"key_identifier": "1"}]}',
        listed(""),
        listed("no PEM"),
        listed(5),
        listed(pem_of(Ed25519PrivateKey.generate()).decode()),
    ],
    ids=range(9),
)
def test_what_is_no_such_document_is_refused_by_name(read, text):
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be the document"):
        read(text)
