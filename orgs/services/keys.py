"""Making, rotating and revoking API keys."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from codestax.common.acts import act
from codestax.common.errors import DomainError, ForbiddenError
from orgs.domain.keys import Environment, make_key
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership


class KeyEndedError(DomainError):
    """The key is revoked or has expired."""

    code = "key_ended"


@dataclass(frozen=True)
class IssuedKey:
    """A key's row, and its text, which is shown once and stored nowhere."""

    key: ApiKey
    text: str = field(repr=False)


def create_key(
    *, acting: Membership, name: str, role: Role, expires_at: datetime | None = None
) -> IssuedKey:
    """Make a key that acts for `acting`; ForbiddenError where the role is above theirs."""
    _check_role(acting, role)
    if expires_at is not None and expires_at <= timezone.now():
        raise DomainError("expires_at must be in the future.", field="expires_at")
    with act("API_KEY_CREATED", organization_id=acting.org_id) as this:
        issued = _issue(acting, name, role, expires_at)
        this.metadata.update(key=issued.key.prefix, key_name=name, key_role=role.value)
    return issued


def rotate_key(*, acting: Membership, key: ApiKey, overlap_hours: int = 0) -> IssuedKey:
    """Replace a key by a new one with its name, role and length of life.

    The new key acts for `acting`, who alone will know it: nobody gets to act as somebody else.
    The old one goes on for the overlap. ForbiddenError where its role is above the actor's.
    """
    _check_role(acting, Role(key.role))
    with act("API_KEY_ROTATED", organization_id=key.org_id, key=key.prefix) as this:
        now = timezone.now()
        # Two rotations at once: the second sees what the first has done to the key. Not in the
        # keys' own order, in which the organization would be joined, and locked.
        rows = ApiKey.objects.of(acting.org).usable(now).order_by("pk").select_for_update()
        old = rows.filter(pk=key.pk).first()
        if old is None:
            raise KeyEndedError("This key has ended: make a new one.")
        issued = _issue(acting, old.name, Role(old.role), _as_long_again(old, now))
        end = now + timedelta(hours=overlap_hours)
        old.expires_at = min(end, old.expires_at or end)
        old.save(update_fields=["expires_at"])
        this.metadata.update(new_key=issued.key.prefix, overlap_hours=overlap_hours)
    return issued


def revoke_key(*, key: ApiKey) -> None:
    """End a key at once; one that is revoked already keeps its time."""
    with act("API_KEY_REVOKED", organization_id=key.org_id, key=key.prefix, key_name=key.name):
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])


def _check_role(acting: Membership, role: Role) -> None:
    if not Role(acting.role).allows(role):
        raise ForbiddenError(f"A key's role may not be above its member's ({acting.role}).")


def _as_long_again(old: ApiKey, now: datetime) -> datetime | None:
    """When a key ends that lives from now on as long as `old` was to live."""
    if old.expires_at is None:
        return None
    try:
        return now + (old.expires_at - old.created_at)
    except OverflowError:  # past the year 9999
        return old.expires_at


def _issue(acting: Membership, name: str, role: Role, expires_at: datetime | None) -> IssuedKey:
    environment = Environment(settings.KEY_ENVIRONMENT)
    made = make_key(environment)
    key = ApiKey(
        org=acting.org,
        membership=acting,
        name=name,
        role=role.value,
        environment=environment.value,
        public_id=made.public_id,
        digest=made.digest,
        last_four=made.last_four,
        expires_at=expires_at,
    )
    key.full_clean()
    key.save()
    return IssuedKey(key, made.text)
