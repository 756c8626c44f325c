"""Reads of members, keys and users, in the product's words."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q

from codestax.common.querysets import TenantQuerySet

# How exact `last_used_at` is: a busy key must not write a row for each request.
LAST_USE_INTERVAL = timedelta(minutes=1)


class MembershipQuerySet(TenantQuerySet):
    def owners(self) -> Self:
        return self.filter(role="owner")


class ApiKeyQuerySet(TenantQuerySet):
    def usable(self, now: datetime) -> Self:
        """Neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)

    def with_owner(self) -> Self:
        """With the member, the user and the organization, in the same query."""
        return self.select_related("membership__user", "membership__org")

    def mark_used(self, now: datetime) -> int:
        """Record the use of these keys, at most once a minute each.

        An UPDATE of one column and no save: this is no change that anybody asked for, so the
        audit log does not hear of it.
        """
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USE_INTERVAL)
        return self.filter(stale).update(last_used_at=now)


class SignInFailureQuerySet(models.QuerySet[Any]):
    def since(self, moment: datetime) -> Self:
        return self.filter(created_at__gt=moment)


def with_digest(sessions: models.QuerySet[Session]) -> models.QuerySet[Any]:
    """Sessions of the pages with the `digest` that UserSession knows them by."""
    sha256 = models.Func(
        "session_key", template="sha256(%(expressions)s::bytea)", output_field=models.BinaryField()
    )
    return sessions.annotate(digest=sha256)


class UserManager(BaseUserManager[Any]):
    """Users are known by their email, kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(email=(username or "").lower())

    def with_email(self, email: str) -> Any | None:
        return self.filter(email=email.lower()).first()

    def invited(self, email: str) -> Any:
        """The user with this email, made without a usable password where there is none."""
        defaults = {"password": make_password(None)}
        return self.get_or_create(email=email.lower(), defaults=defaults)[0]

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
