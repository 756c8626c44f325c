"""Signing checkpoints: one Ed25519 key, which never is in the database."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audit.verify import STATEMENT_FIELDS, key_id_of

STATEMENT_TYPE = "codestax-audit-checkpoint"
_SEED_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """The private key, with the id that checkpoints name it by: SHA-256 of the public key."""

    private: Ed25519PrivateKey

    @classmethod
    @cache
    def parse(cls, text: str) -> Self:
        """Read PEM (PKCS 8), or base64 of the seed's 32 bytes; ValueError for anything else."""
        if text.lstrip().startswith("-----BEGIN"):
            private = load_pem_private_key(text.encode(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError("It is no Ed25519 key.")
            return cls(private)
        seed = b64decode(text.strip(), validate=True)
        if len(seed) != _SEED_BYTES:
            raise ValueError("The seed of an Ed25519 key has 32 bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        return key_id_of(self.public)

    def sign(self, statement: Mapping[str, Any]) -> bytes:
        """The signature over the canonical JSON (RFC 8785) of the statement's fields."""
        signed = {name: statement[name] for name in STATEMENT_FIELDS}
        return self.private.sign(rfc8785.dumps(signed))
