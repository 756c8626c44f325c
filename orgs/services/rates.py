"""How many requests a credential and its organization may send in a minute.

Counted in PostgreSQL, since counts in each process would let through as many times the limit as
there are processes. A row is a window: INSERT … ON CONFLICT takes its lock, so of any number of
requests at the same moment exactly as many pass as the limit says. The clock is the database's.
The table is unlogged: a crash forgets one minute's counts, and no request waits for the disk.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from django.conf import settings
from django.db import connection

from codestax.common.errors import DomainError
from orgs.models import ApiKey, Membership

WINDOW_SECONDS = 60
# A window that begins in the future is left of a clock that was set back: it is over, too.
_IS_OVER = f"abs(extract(epoch FROM statement_timestamp() - kept.started_at)) >= {WINDOW_SECONDS}"
_SPEND = f"""
INSERT INTO orgs_ratewindow AS kept (subject, started_at, count)
VALUES (%s, statement_timestamp(), 1)
ON CONFLICT (subject) DO UPDATE SET
    started_at = CASE WHEN {_IS_OVER} THEN statement_timestamp() ELSE kept.started_at END,
    count = CASE WHEN {_IS_OVER} THEN 1 ELSE kept.count + 1 END
RETURNING count,
    ceil({WINDOW_SECONDS} - extract(epoch FROM statement_timestamp() - started_at))::int
"""  # noqa: S608 - our own constants
_FORGET = f"""
DELETE FROM orgs_ratewindow AS kept WHERE subject IN (
    SELECT subject FROM orgs_ratewindow AS kept WHERE {_IS_OVER} FOR UPDATE SKIP LOCKED
)
"""  # noqa: S608 - our own constants


@dataclass(frozen=True)
class Allowance:
    """What is left of one limit: `limit` requests a minute, `remaining` for `reset` seconds."""

    name: str
    limit: int
    count: int = field(repr=False)
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.count)

    @property
    def is_exceeded(self) -> bool:
        return self.count > self.limit


class RateLimitError(DomainError):
    """More requests than a limit allows; the answer says when to come back."""

    code = "rate_limited"
    status = 429
    _WHOSE: ClassVar = {"credential": "this credential", "organization": "your organization"}

    def __init__(self, exceeded: Allowance) -> None:
        super().__init__(
            f"Too many requests: {self._WHOSE[exceeded.name]} may send {exceeded.limit} a minute. "
            f"Wait {exceeded.reset} seconds."
        )


def spend(*, membership: Membership, key: ApiKey | None) -> list[Allowance]:
    """Count one request of a key, or of a member who has signed in, and of the organization.

    Returns what is left of each limit that is on; the last one is exceeded where the request is
    one too many. Such a request does not count for the organization, so that one pipeline that
    runs wild leaves the others their share. Call it outside a transaction, which would hold the
    organization's row until its end.
    """
    found = []
    for allowance in _counted(membership, key):
        found.append(allowance)
        if allowance.is_exceeded:
            break
    return found


def forget_old_windows() -> None:
    """Remove windows that are over; the next request of theirs begins one anyway."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)


def at(allowance: Allowance) -> int:
    """When a limit is whole again, in seconds since 1970 as GitHub's X-RateLimit-Reset."""
    return int(time.time()) + allowance.reset


def _counted(membership: Membership, key: ApiKey | None) -> Iterator[Allowance]:
    subject = f"key:{key.pk}" if key is not None else f"member:{membership.pk}"
    for name, who, limit in (
        ("credential", subject, settings.RATE_LIMIT_PER_MINUTE),
        ("organization", f"org:{membership.org_id}", settings.RATE_LIMIT_ORG_PER_MINUTE),
    ):
        if limit:
            with connection.cursor() as cursor:
                cursor.execute(_SPEND, [who])
                count, reset = cursor.fetchone()
            # A request that waited for the row may have begun before its window did.
            yield Allowance(name, limit, count, min(reset, WINDOW_SECONDS))
