"""The sessions and token sign-ins that are open for a person, and their end by their owner.

A session that one organization's identity provider has let in knows of that organization's alone,
as it does of everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from codestax.common.errors import DomainError
from codestax.common.tenancy import of_user
from orgs.models import SignIn, User, UserSession
from orgs.querysets import with_digest
from orgs.services import sessions
from orgs.services.passwords import confirm_password
from orgs.services.session_owners import digest_of
from orgs.services.sessions import BEGAN, BROWSER, IP, WRITTEN, Through
from orgs.services.sign_in import LONGEST
from orgs.services.two_step import end_sessions_of

# For so long after it a sign-in through an identity provider stands for the password, which who
# comes in by that way may never type.
_FRESH = timedelta(minutes=10)


class EndedError(DomainError):
    """There is no such session, or not any more."""

    code = "session_ended"

    def __init__(self) -> None:
        super().__init__("This session has ended already: choose another one.", field="which")


@dataclass(frozen=True)
class OpenSession:
    """A session of the pages, or (`is_tokens`) a sign-in by POST /auth/token.

    `name` says which to the form that ends it. `used_at` of a session is exact to five minutes; of
    tokens it is when they were refreshed last.
    """

    name: str
    is_tokens: bool
    began_at: datetime
    used_at: datetime
    browser: str
    ip: str | None
    through: Through | None = None
    is_this: bool = False

    @property
    def provider(self) -> str:
        """The name of the identity provider that it came through, if any."""
        return settings.OIDC_PROVIDERS[self.through.provider].name if self.through else ""


def open_sessions(request: HttpRequest) -> list[OpenSession]:
    """All that is open for whoever asks and within reach of this session; this one comes first."""
    user, only = cast("User", request.user), sessions.only_organization(request)
    with of_user(user.pk):
        pages = _of_pages(user, digest_of(request.session.session_key or ""))
        found = [*pages, *_of_tokens(user)]
    within = (one for one in found if only is None or _organization_of(one) == only)
    return sorted(within, key=lambda one: (one.is_this, one.used_at), reverse=True)


def is_fresh(request: HttpRequest) -> bool:
    """Whether no password is asked: an identity provider has told just now who this is."""
    began = datetime.fromtimestamp(request.session.get(BEGAN, 0), UTC)
    return sessions.through(request) is not None and timezone.now() < began + _FRESH


def end_one(*, request: HttpRequest, name: str, password: str = "") -> None:
    """End one of them; it opens nothing from the next request on.

    WrongPasswordError, TooManyAttemptsError; EndedError where it is not within reach.
    """
    user = _confirmed(request, password)
    found = next((one for one in open_sessions(request) if one.name == name), None)
    if found is None:
        raise EndedError
    kind = "tokens" if found.is_tokens else "session"
    with transaction.atomic():
        _end(user, found)
        through = sessions.through(request)
        sessions.record("SESSION_ENDED", user.email, through, kind=kind, browser=found.browser)


def end_others(*, request: HttpRequest, password: str = "") -> None:
    """End all but this one, in the way that a new password does: also those that no list knows.

    As `end_one`. Where this session reaches one organization, those of that alone.
    """
    user, through = _confirmed(request, password), sessions.through(request)
    is_limited = sessions.only_organization(request) is not None
    with transaction.atomic():
        if is_limited:
            for one in open_sessions(request):
                if not one.is_this:
                    _end(user, one)
        else:
            end_sessions_of(user)
        sessions.record("SESSIONS_ENDED", user.email, through, kept="this_session")
    if not is_limited:
        update_session_auth_hash(request, user)


def _confirmed(request: HttpRequest, password: str) -> User:
    user = cast("User", request.user)
    if not is_fresh(request):
        confirm_password(user=user, password=password)
    return user


def _of_pages(user: User, this: bytes) -> Iterator[OpenSession]:
    owned = {bytes(row.digest): row.pk for row in UserSession.objects.filter(user=user)}
    rows = with_digest(Session.objects.filter(expire_date__gt=timezone.now()))
    for row in rows.filter(digest__in=owned.keys()):
        content = row.get_decoded()
        if _holds(content, user):
            digest = bytes(row.digest)
            yield OpenSession(
                name=f"session-{owned[digest]}",
                is_tokens=False,
                began_at=_moment(content[BEGAN]),
                used_at=_moment(content[WRITTEN]),
                browser=content.get(BROWSER, ""),
                ip=content.get(IP),
                through=sessions.through_of(content),
                is_this=digest == this,
            )


def _holds(content: dict[str, Any], user: User) -> bool:
    """Whether a session would be let in, were it used now."""
    good = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    is_theirs = content.get(SESSION_KEY) == str(user.pk) and content.get(HASH_SESSION_KEY) in good
    has_ended = sessions.has_lasted_too_long(content) or not sessions.is_configured(content)
    return is_theirs and not has_ended


def _of_tokens(user: User) -> Iterator[OpenSession]:
    now = timezone.now()
    rows = SignIn.objects.filter(user=user, revoked_at=None, expires_at__gt=now)
    for row in rows.filter(created_at__gt=now - LONGEST):
        # None: the former release has issued them. It may be open, so it is shown.
        if row.token_version in (None, user.token_version):
            yield OpenSession(
                name=f"tokens-{row.pk}",
                is_tokens=True,
                began_at=row.created_at,
                used_at=row.expires_at - api_settings.REFRESH_TOKEN_LIFETIME,
                browser=row.browser,
                ip=row.ip,
            )


def _organization_of(one: OpenSession) -> int | None:
    return one.through.organization_id if one.through else None


def _end(user: User, one: OpenSession) -> None:
    row_id = int(one.name.rpartition("-")[2])
    with of_user(user.pk):
        if one.is_tokens:
            now = timezone.now()
            user.sign_ins.filter(pk=row_id, revoked_at=None).update(revoked_at=now)
            return
        rows = UserSession.objects.filter(user=user, pk=row_id)
        with_digest(Session.objects.all()).filter(digest__in=rows.values("digest")).delete()
        rows.delete()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
