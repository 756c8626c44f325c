"""Idempotency-Key: a request that is sent again gets the first one's answer for a day.

The answer is stored in the transaction of the change that it tells of, so there is never one
without the other. While the first request is at work it holds an advisory lock, which ends with
its transaction however that ends: nothing has to be cleaned up after a process that died.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from msgspec import json

from codestax.common.errors import ConflictError, DomainError
from codestax.common.tenancy import across_organizations
from orgs.models import Organization
from scans.models import IdempotentAnswer

KEPT = timedelta(hours=24)


class KeyReusedError(DomainError):
    """The key belongs to a request with another content."""

    code = "idempotency_key_reused"
    status = 422


@dataclass(frozen=True)
class Answer:
    """What a request was answered; `body` is plain JSON data."""

    status: int
    body: Any
    location: str
    is_replayed: bool = False


def answered_once(
    *,
    organization: Organization,
    key: str,
    request_digest: bytes,
    now: datetime,
    work: Callable[[], Answer],
) -> Answer:
    """Do `work`, or give the answer that the same key and request got before.

    Raises KeyReusedError for another request, ConflictError while the first one is at work. A
    request that was refused has stored nothing and is judged anew.
    """
    with transaction.atomic():
        _claim(organization, key)
        kept = IdempotentAnswer.objects.filter(org=organization, key=key)
        kept.filter(created_at__lte=now - KEPT).delete()
        found = kept.first()
        if found is not None:
            return _replayed(found, request_digest)
        answer = work()
        IdempotentAnswer.objects.create(
            org=organization,
            key=key,
            request_digest=request_digest,
            status=answer.status,
            body=json.encode(answer.body).decode(),
            location=answer.location,
            created_at=now,
        )
        return answer


def forget_old_answers(now: datetime) -> None:
    """Delete what is kept for longer than promised."""
    with across_organizations():
        IdempotentAnswer.objects.filter(created_at__lte=now - KEPT).delete()


def _claim(organization: Organization, key: str) -> None:
    name = hashlib.sha256(f"idempotency {organization.pk} {key}".encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise ConflictError(
                "A request with this Idempotency-Key is still at work; send it again later."
            )


def _replayed(found: IdempotentAnswer, request_digest: bytes) -> Answer:
    if bytes(found.request_digest) != request_digest:
        raise KeyReusedError(
            "This Idempotency-Key was sent with another request; use a new key for each upload."
        )
    return Answer(found.status, json.decode(found.body), found.location, is_replayed=True)
