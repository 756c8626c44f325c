"""Ending sessions and tokens for somebody else: the operator's act, where one may be stolen."""

from django.db import transaction

from codestax.common.errors import NotFoundError
from orgs.models import User
from orgs.services.sign_in import record_everywhere
from orgs.services.two_step import end_sessions_of


def end_sessions(*, email: str) -> User:
    """End a person's sessions and tokens. API keys go on. NotFoundError for who is unknown."""
    user: User | None = User.objects.with_email(email)
    if user is None:
        raise NotFoundError(f"There is no user {email}.")
    _end(user)
    return user


def end_everybodys_sessions() -> int:
    """The same for everybody; how many people that are. One by one: what has ended stays ended."""
    count = 0
    for user in User.objects.order_by("pk").iterator():
        _end(user)
        count += 1
    return count


def _end(user: User) -> None:
    with transaction.atomic():
        end_sessions_of(user)
        record_everywhere("SESSIONS_ENDED", user.email)
