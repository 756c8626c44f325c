"""The hash chain over an organization's entries; docs/audit-log.md describes it for outsiders."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address, ip_address
from typing import Any

import rfc8785

VERSION = 1  # of the hashed form; a change of it adds a number and keeps the old forms readable
GENESIS = bytes(32)  # stands for the hash before entry 1
# Entries that belong to no organization are a chain of their own, under this number.
SYSTEM_ORG = 0

_EMBEDDED_FROM, _EMBEDDED_UNTIL, _MAPPED = 1 << 16, 1 << 32, 0xFFFF


def entry_record(
    *,
    org: int | None,
    seq: int,
    action: str,
    actor_email: str,
    ip: str | None,
    user_agent: str,
    metadata: Mapping[str, Any],
    created_at: str,
) -> dict[str, Any]:
    """The fields that an entry's hash covers, as JSON; `created_at` as moment_text() has it."""
    return {
        "v": VERSION,
        "org": org or SYSTEM_ORG,
        "seq": seq,
        "action": action,
        "actor_email": actor_email,
        "ip": ip,
        "user_agent": user_agent,
        "metadata": metadata,
        "created_at": created_at,
    }


def entry_hash(previous: bytes, record: Mapping[str, Any]) -> bytes:
    """SHA-256 over the hash of the entry before and the entry's canonical JSON (RFC 8785)."""
    return sha256(previous + rfc8785.dumps(dict(record))).digest()


def moment_text(moment: datetime) -> str:
    """UTC with all six digits of the microseconds, whatever they are."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def inet_text(address: str | None) -> str | None:
    """An address as PostgreSQL writes it, so that what is hashed is what comes back.

    It differs from Python's for IPv6 with an IPv4 address inside (inet_net_ntop).
    """
    if not address:
        return None
    parsed = ip_address(address)
    number = int(parsed)
    inside = str(IPv4Address(number % _EMBEDDED_UNTIL))
    if parsed.version == 6 and number >> 32 == _MAPPED:  # noqa: PLR2004
        return f"::ffff:{inside}"
    if parsed.version == 6 and _EMBEDDED_FROM <= number < _EMBEDDED_UNTIL:  # noqa: PLR2004
        return f"::{inside}"
    return str(parsed)
