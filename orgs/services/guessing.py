"""Slows down the guessing of passwords, by account and by address.

The counts stand in the database and not in a cache, so that any number of web processes share
them. A locked account's tokens go on working: only new sign-ins wait.
"""

import hashlib
from datetime import timedelta
from typing import ClassVar

from django.db.models import Count, Min, Q
from django.utils import timezone

from codestax.common.errors import DomainError
from orgs.models import SignInFailure

WINDOW = timedelta(minutes=15)
MAX_FAILURES_PER_EMAIL = 10
# Different accounts, since one office shares an address and its people mistype their own.
MAX_EMAILS_PER_ADDRESS = 10


class TooManyAttemptsError(DomainError):
    """Sign-in waits for `wait` seconds, for this account or from this address."""

    code = "too_many_attempts"
    status = 429
    sentence: ClassVar[str] = "Too many failed sign-ins: wait before you try again."

    def __init__(self, wait: int) -> None:
        super().__init__(self.sentence)
        self.wait = wait


def refuse_guessing(email: str, ip: str | None) -> None:
    """Raise TooManyAttemptsError where a limit is reached; nothing is counted here."""
    by_email, by_ip = Q(email_digest=_digest(email)), Q(ip=ip, ip__isnull=False)
    now = timezone.now()
    seen = SignInFailure.objects.since(now - WINDOW).filter(by_email | by_ip)
    found = seen.aggregate(
        of_account=Count("pk", filter=by_email),
        from_address=Count("email_digest", filter=by_ip, distinct=True),
        oldest=Min("created_at"),
    )
    too_many = (
        found["of_account"] >= MAX_FAILURES_PER_EMAIL
        or found["from_address"] >= MAX_EMAILS_PER_ADDRESS
    )
    if too_many:
        raise TooManyAttemptsError(wait=int((found["oldest"] + WINDOW - now).total_seconds()) + 1)


def count_failure(email: str, ip: str | None) -> None:
    now = timezone.now()
    SignInFailure.objects.filter(created_at__lte=now - WINDOW).delete()
    SignInFailure.objects.create(email_digest=_digest(email), ip=ip, created_at=now)


def forget_failures(email: str) -> None:
    """After a good sign-in: the account starts again, its address does not."""
    SignInFailure.objects.filter(email_digest=_digest(email)).delete()


def _digest(email: str) -> str:
    return hashlib.sha256(email.lower().encode()).hexdigest()
