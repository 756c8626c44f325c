"""Sessions of the pages: the same check, the same limits and the same acts as the API's tokens."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from codestax.common.acts import act
from codestax.common.context import client_ip, user_agent
from codestax.common.errors import DomainError
from codestax.identity_providers import IdentityProvider
from orgs.domain.browsers import browser_of
from orgs.models import User
from orgs.services import second_factor
from orgs.services.sign_in import record_everywhere, verified_code, verified_user

# Of a session whose password was right, until the code comes: whose, and until when.
_HALF = "half_signed_in"
_HALF_SECONDS = 600
# When somebody signed in: the session ends so and so long after it, however much it is used. When
# it was written last, and what it was used by and from where then.
BEGAN, WRITTEN, BROWSER, IP = "began", "written", "browser", "ip"
# Of a session that an identity provider has opened, and of one whose code is still to come.
_THROUGH, _HALF_THROUGH = "single_sign_on", "half_single_sign_on"
_STRENGTH = "single_sign_on_strength"


class SignInExpiredError(DomainError):
    """Nobody has typed a password in this session, or too long ago."""

    code = "sign_in_expired"
    sentence: ClassVar[str] = "Begin again: email and password were asked for too long ago."

    def __init__(self) -> None:
        super().__init__(self.sentence)


@dataclass(frozen=True)
class Through:
    """The identity provider that a session came through, and what its word is good for.

    `organization_id` is the only organization that the session reaches, None where it is all of
    the person's; with `second_factor` no code is asked for in it. `strength` is what the provider
    had to prove.
    """

    provider: str
    issuer: str
    organization: str | None
    organization_id: int | None
    second_factor: bool
    strength: str = ""

    @classmethod
    def of(
        cls,
        provider: IdentityProvider,
        organization_id: int | None,
        *,
        is_strong: bool = False,
    ) -> "Through":
        """`is_strong` counts where the provider has to prove the second factor."""
        return cls(
            provider.id,
            provider.issuer,
            provider.organization,
            organization_id,
            provider.second_factor and (is_strong or not provider.proves_second_factor),
            provider.strength,
        )


def _keep(request: HttpRequest, key: str, through: Through) -> None:
    """What is kept under `key` is what the release before reads, and compares as well."""
    fields = asdict(through)
    request.session[_STRENGTH] = fields.pop("strength")
    request.session[key] = fields


def _kept(content: Any, key: str) -> Through | None:
    fields = content.get(key)
    return Through(**fields, strength=content.get(_STRENGTH, "")) if fields else None


def through(request: HttpRequest) -> Through | None:
    """What this session came through; None is the product's own sign-in."""
    return through_of(request.session)


def through_of(content: Any) -> Through | None:
    """The same, of what a session holds."""
    return _kept(content, _THROUGH)


def only_organization(request: HttpRequest) -> int | None:
    """The one organization that this session reaches; None where it is not limited to one."""
    found = through(request)
    return None if found is None else found.organization_id


def is_configured(content: dict[str, Any]) -> bool:
    """Whether the provider of a session is still there, and its word good for the same."""
    kept = _kept(content, _THROUGH) or _kept(content, _HALF_THROUGH)
    if kept is None:
        return True
    provider = settings.OIDC_PROVIDERS.get(kept.provider)
    return provider is not None and kept == Through.of(
        provider, kept.organization_id, is_strong=kept.second_factor
    )


def has_lasted_too_long(content: dict[str, Any]) -> bool:
    """Whether a session of this content began more than SESSION_MAX_HOURS ago."""
    now = timezone.now().timestamp()
    return bool(content.get(BEGAN, now) + settings.SESSION_MAX_SECONDS <= now)


def start_session(
    *, request: HttpRequest, email: str, password: str, staff_only: bool = False
) -> User | None:
    """Sign the browser in. WrongCredentialsError and TooManyAttemptsError end the attempt.

    None where a code is still to come, with `finish_session`.
    """
    user = verified_user(email=email, password=password, staff_only=staff_only)
    return _begin(request, user, None)


def start_session_through(*, request: HttpRequest, user: User, through: Through) -> User | None:
    """Sign the browser in on an identity provider's word. None where a code is still to come."""
    return _begin(request, user, through)


def _begin(request: HttpRequest, user: User, through: Through | None) -> User | None:
    is_done = through is not None and through.second_factor
    if is_done or not second_factor.is_on(user):
        return _sign_in(request, user, through)
    request.session.flush()  # nothing that was planted here goes on to the signed-in session
    until = int(timezone.now().timestamp()) + _HALF_SECONDS
    request.session[_HALF] = [user.pk, user.token_version, until]
    if through is not None:
        _keep(request, _HALF_THROUGH, through)
    return None


def finish_session(*, request: HttpRequest, code: str) -> User:
    """Sign the browser in by a code. WrongCodeError and TooManyAttemptsError end the attempt."""
    user = half_signed_in(request)
    if user is None:
        raise SignInExpiredError
    kind = verified_code(user, code)
    return _sign_in(request, user, _kept(request.session, _HALF_THROUGH), kind.factor)


def half_signed_in(request: HttpRequest) -> User | None:
    """Who has typed the password in this session and owes the code."""
    pk, version, until = request.session.get(_HALF, (None, 0, 0))
    if until <= timezone.now().timestamp():
        return None
    # A new password, or an account that is closed, ends what is half done.
    return User.objects.filter(pk=pk, token_version=version, is_active=True).first()


def _sign_in(request: HttpRequest, user: User, through: Through | None, *second_step: str) -> User:
    first = "password" if through is None else "single_sign_on"
    with transaction.atomic():
        for kept in (_HALF, _HALF_THROUGH, _THROUGH, _STRENGTH, BEGAN):
            request.session.pop(kept, None)
        if auth.SESSION_KEY in request.session:  # signed in already: Django would keep the key
            request.session.cycle_key()
        auth.login(request, user)
        if through is not None:
            _keep(request, _THROUGH, through)
        request.session.update(seen_from(request))
        record("SIGN_IN", user.email, through, factors=[first, *second_step])
    return user


def record(action: str, email: str, through: Through | None, **metadata: Any) -> None:
    """One act where it belongs: what one organization's provider does is that one's business."""
    if through is not None:
        metadata["provider"] = through.provider
    if through is None or through.organization_id is None:
        record_everywhere(action, email, **metadata)
        return
    here = through.organization_id
    with act(action, organization_id=here, actor_email=email, **metadata):
        pass


def seen_from(request: HttpRequest) -> dict[str, Any]:
    """What a session keeps of who uses it, for its owner to tell it by."""
    return {BROWSER: browser_of(user_agent(request)), IP: client_ip(request)}


def end_session(*, request: HttpRequest) -> None:
    """Sign the browser out; nothing happens to one that is not signed in."""
    user = request.user
    if isinstance(user, User):
        with transaction.atomic():
            record("SIGN_OUT", user.email, through(request))
            auth.logout(request)
