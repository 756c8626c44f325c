"""API keys as text: `cpl_<environment>_<id: 10>_<secret: 43>_<checksum: 6>`, base62 in every part.

Without `-` and other punctuation a double click selects the whole key, and the checksum lets a
secret scanner tell a key from a look-alike without asking us.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Environment(StrEnum):
    """What an installation is for: people's own data, or trying things out."""

    LIVE = "live"
    TEST = "test"


START = re.compile(rf"cpl_({'|'.join(Environment)})_")
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_CHARS = 10
_SECRET_CHARS = 43  # 62 ** 43 is just over 2 ** 256
_CHECKSUM_CHARS = 6  # 62 ** 6 is over 2 ** 32
_SHAPE = re.compile(
    rf"({START.pattern}([0-9A-Za-z]{{{_ID_CHARS}}})_([0-9A-Za-z]{{{_SECRET_CHARS}}}))"
    rf"_([0-9A-Za-z]{{{_CHECKSUM_CHARS}}})"
)
# A key or the greater part of one, as it was pasted somewhere: with its start, or from the id on.
_PASTED = re.compile(
    rf"(cpl_(?:{'|'.join(Environment)})_[0-9A-Za-z]{{{_ID_CHARS}}})_[0-9A-Za-z_]*"
    rf"|\b([0-9A-Za-z]{{{_ID_CHARS}}})_[0-9A-Za-z]{{{_SECRET_CHARS}}}[0-9A-Za-z_]*"
)


class ParsedKey(NamedTuple):
    """A key that is well-formed; whether it is anybody's is for the database to say."""

    environment: Environment
    public_id: str
    secret: str


@dataclass(frozen=True)
class NewKey:
    """A key just made: `text` is for its owner's eyes, the rest is what may be stored."""

    public_id: str
    text: str = field(repr=False)
    digest: bytes = field(repr=False)
    last_four: str


def public_start(environment: str, public_id: str) -> str:
    """What may be shown of a key, and names it."""
    return f"cpl_{environment}_{public_id}"


def make_key(environment: Environment) -> NewKey:
    """A new random key of 256 bits."""
    public_id, secret = _random_text(_ID_CHARS), _random_text(_SECRET_CHARS)
    start = f"{public_start(environment, public_id)}_{secret}"
    return NewKey(public_id, f"{start}_{_checksum(start)}", digest(secret), secret[-4:])


def parse_key(text: str) -> ParsedKey | None:
    """The parts of a well-formed key with a right checksum, else None."""
    match = _SHAPE.fullmatch(text)
    if match is None or _checksum(match[1]) != match[5]:
        return None
    return ParsedKey(Environment(match[2]), match[3], match[4])


def without_secrets(text: str) -> str:
    """`text` with every key in it cut to its public start."""
    return _PASTED.sub(lambda key: key[1] or key[2], text)


def digest(secret: str) -> bytes:
    """SHA-256 of the secret: 256 random bits need no slow password hash."""
    return hashlib.sha256(secret.encode()).digest()


def same_digest(one: bytes, other: bytes) -> bool:
    """Compare in a time that says nothing about where they differ."""
    return hmac.compare_digest(one, other)


def _random_text(chars: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(chars))


def _checksum(text: str) -> str:
    """CRC-32 in base62, zero-padded."""
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECKSUM_CHARS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
