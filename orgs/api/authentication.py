"""Who asks: an API key or an access token, each naming one member of one organization."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError, PermissionDenied
from rest_framework.request import Request

from codestax.common import authentications, tenancy
from orgs.domain import keys
from orgs.domain.keys import Environment
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership, Organization, SignIn, User
from orgs.queries import find_key
from orgs.querysets import LAST_USE_INTERVAL
from orgs.services import second_factor, tokens

# What RFC 9110, 11.6.1 wants beside every 401.
CHALLENGE = 'Bearer realm="codestax", ApiKey realm="codestax"'
# One sentence for all: it must not tell an unknown key from a revoked one.
REFUSED = "The API key or token is not valid."
_NAME_ORGANIZATION = "Name one of your organizations in the header X-Org."
_SET_UP = "Set up two-step sign-in on the dashboard first: it is required."
_NO_DIGEST = keys.digest("")


@dataclass(frozen=True)
class Credential:
    """The member that a request acts for, and the role it has: `request.auth`.

    `role` is the lower one of the key's and the member's. `key` is None for a token.
    """

    membership: Membership
    role: Role
    key: ApiKey | None = None

    @property
    def organization(self) -> Organization:
        return self.membership.org


class _Authentication(BaseAuthentication):
    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class ApiKeyAuthentication(_Authentication):
    """`X-API-Key: cpl_…`. One query; another one a minute records the use."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        text = request.headers.get("X-API-Key")
        if text is None:
            return None
        if _bearer(request) is not None:
            raise ParseError("Send an API key or a token, not both.")
        key = _find_key(text)
        organization = request.headers.get("X-Org")
        if organization not in (None, key.membership.org.slug):
            raise ParseError("This API key belongs to another organization than X-Org names.")
        tenancy.enter(org_id=key.org_id)
        _record_use(key)
        authentications.note("api_key", key.membership.user_id, key=key.prefix)
        return key.membership.user, Credential(key.membership, key.effective_role, key)


class TokenAuthentication(_Authentication):
    """`Authorization: Bearer …`, and `X-Org: <slug>` from members of several organizations."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        text = _bearer(request)
        if text is None:
            return None
        user = _find_user(text)
        membership = _find_membership(user, request.headers.get("X-Org"))
        tenancy.enter(org_id=membership.org_id)
        if second_factor.is_missing(user, membership.org):
            raise PermissionDenied(_SET_UP)
        authentications.note("access_token", user.pk)
        return user, Credential(membership, Role(membership.role))


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _find_key(text: str) -> ApiKey:
    parsed = keys.parse_key(text)
    if parsed is None:
        raise AuthenticationFailed(REFUSED)
    found = find_key(parsed.public_id)
    key = found or _nobodys_key()
    right = keys.same_digest(keys.digest(parsed.secret), bytes(key.digest))
    if found is None or not right or not _is_usable(found, parsed.environment):
        raise AuthenticationFailed(REFUSED)
    return found


def _nobodys_key() -> ApiKey:
    """What is compared where there is no row, so that an unknown id costs what a known one costs.

    Made anew each time, with all that belongs to it: that is most of the difference.
    """
    membership = Membership(user=User(), org=Organization())
    return ApiKey(membership=membership, digest=_NO_DIGEST)


def _is_usable(key: ApiKey, environment: Environment) -> bool:
    # A copy of live data that is tried out somewhere does not answer to live keys, nor live data
    # to a key whose start was changed.
    if not key.environment == environment == settings.KEY_ENVIRONMENT:
        return False
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    return key.revoked_at is None and not expired and key.membership.user.is_active


def _record_use(key: ApiKey) -> None:
    now = timezone.now()
    # Most requests see here that there is nothing to write; the UPDATE itself settles races.
    if key.last_used_at is None or key.last_used_at <= now - LAST_USE_INTERVAL:
        ApiKey.objects.filter(pk=key.pk).mark_used(now)


def _find_user(text: str) -> User:
    claims = tokens.read_access(text)
    if claims is None:
        raise AuthenticationFailed(REFUSED)
    tenancy.enter(user_id=claims.user_id)  # as we signed it
    rows = SignIn.objects.select_related("user").filter(pk=claims.sign_in_id, revoked_at=None)
    found = rows.first()
    if found is None or not claims.hold_for(found.user):
        raise AuthenticationFailed(REFUSED)
    return found.user


def _find_membership(user: User, slug: str | None) -> Membership:
    """The membership that the header names, or the only one there is."""
    rows: Any = user.memberships.select_related("org")
    # A NUL byte is no slug, and the database refuses to look for it.
    found = list((rows.filter(org__slug=slug.replace("\0", "")) if slug is not None else rows)[:2])
    if len(found) != 1:
        raise ParseError(_NAME_ORGANIZATION)
    membership: Membership = found[0]
    membership.user = user
    return membership
