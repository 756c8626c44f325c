"""New passwords: by who knows the old one, and by who reads the account's mail."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from codestax.common.context import client_ip, current_request
from codestax.common.errors import DomainError
from codestax.common.tenancy import narrowed_to
from orgs.models import ApiKey, User
from orgs.services import guessing
from orgs.services.keys import revoke_key
from orgs.services.sign_in import (
    WrongCredentialsError,
    organizations_of,
    record_everywhere,
    verified_user,
)


class WrongPasswordError(DomainError):
    """The present password is wrong."""

    code = "wrong_password"


def change_password(
    *, request: HttpRequest, user: User, old: str, new: str, revoke_keys: bool = False
) -> None:
    """Set a new password; the other sessions and all tokens end, this session goes on.

    A wrong `old` counts as a refused sign-in: WrongPasswordError, and TooManyAttemptsError after
    some. Nobody guesses a password through a session that was left open.
    """
    confirm_password(user=user, password=old, field="old_password")
    _set_password(user, new, "PASSWORD_CHANGED", revoke_keys=revoke_keys)
    update_session_auth_hash(request, user)


def confirm_password(*, user: User, password: str, field: str = "password") -> None:
    """Make sure that who asks in an open session is its owner, before a way in is changed.

    WrongPasswordError at `field`, counted as a refused sign-in; TooManyAttemptsError after some.
    """
    try:
        verified_user(email=user.email, password=password)
    except WrongCredentialsError as error:
        raise WrongPasswordError("The present password is wrong.", field=field) from error


def reset_password(*, user: User, new: str, by_mail: bool, revoke_keys: bool = False) -> None:
    """Set a new password for who came by a link; all sessions and tokens end.

    A link is good for one email alone, which is proven where it came `by_mail`.
    """
    if by_mail:
        user.proven_email = user.email
    _set_password(user, new, "PASSWORD_RESET", revoke_keys=revoke_keys)
    guessing.forget_failures(user.email)


def resettable_user(email: str) -> User | None:
    """The active user whom a mail with a link may be sent; TooManyAttemptsError stops a flood.

    Members who were added without a password come in this way for the first time.
    """
    request = current_request.get()
    ip = client_ip(request) if request else None
    # Counted apart from sign-ins, so that nobody locks somebody else's account by asking.
    counted_as = f"password reset of {email}"
    guessing.refuse_guessing(counted_as, ip)
    guessing.count_failure(counted_as, ip)
    found: User | None = User.objects.with_email(email)
    return found if found is not None and found.is_active else None


def _set_password(user: User, new: str, action: str, *, revoke_keys: bool) -> None:
    with transaction.atomic():
        # Locked: two changes at once must not both end with the same token version.
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        user.token_version = locked.token_version
        user.set_password(new)
        save = partial(user.save, update_fields=["password", "token_version", "proven_email"])
        keys = locked_keys_of(user) if revoke_keys else []
        record_everywhere(action, user.email, change=save)
        end_keys(keys)


def end_keys(keys: Sequence[ApiKey]) -> None:
    """Revoke keys, of whatever organization."""
    for key in keys:
        with narrowed_to(key.org_id):
            revoke_key(key=key)


def locked_keys_of(user: User) -> list[ApiKey]:
    """Return a person's usable keys, locked.

    To be called before any entry is written: who revokes one of them locks the key, then the log.
    """
    keys: list[ApiKey] = []
    for organization_id in organizations_of(user.email):
        with narrowed_to(organization_id):
            rows: Any = ApiKey.objects.filter(org=organization_id, membership__user=user)
            keys += rows.usable(timezone.now()).order_by("pk").select_for_update(no_key=True)
    return keys
