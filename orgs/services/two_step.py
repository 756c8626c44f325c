"""Turning a sign-in's second step on and off, and asking it of an organization's members."""

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from codestax.common.acts import act
from codestax.common.errors import DomainError
from orgs.models import Membership, Organization, User
from orgs.services import second_factor
from orgs.services.passwords import end_keys, locked_keys_of
from orgs.services.sign_in import end_all_of, record_everywhere, verified_code


class TwoStepError(DomainError):
    """The second step cannot be changed in this way."""

    code = "two_step"


def turn_on(
    *, request: HttpRequest, user: User, secret: str, code: str, revoke_keys: bool
) -> list[str]:
    """Begin to ask for codes; whatever came in without one ends, this session goes on.

    `code` proves that the app has the secret. Returns the recovery codes, which are shown once.
    """
    if not second_factor.is_code_of(secret, code):
        raise TwoStepError(
            "This is not the code of the app for now. It shows a new one every 30 seconds: take "
            "the next one, and look at the clock of its device.",
            field="code",
        )
    with transaction.atomic():
        end_sessions_of(user)
        if second_factor.is_on(user):
            raise TwoStepError("Two-step sign-in is on already.")
        codes = second_factor.begin(user, secret)
        second_factor.spend(user, code)
        keys = locked_keys_of(user) if revoke_keys else []
        record_everywhere("MFA_ENABLED", user.email)
        end_keys(keys)
    update_session_auth_hash(request, user)
    return codes


def turn_off(*, request: HttpRequest, user: User, code: str) -> None:
    """Ask for codes no more. WrongCodeError and TooManyAttemptsError, as at the sign-in."""
    verified_code(user, code)
    with transaction.atomic():
        take_away(user)
        record_everywhere("MFA_DISABLED", user.email)
    update_session_auth_hash(request, user)


def renew_recovery_codes(*, user: User, code: str) -> list[str]:
    """Return new recovery codes, which are shown once; those before are no good. As `turn_off`."""
    verified_code(user, code)
    with transaction.atomic():
        codes = second_factor.renew_recovery_codes(user)
        record_everywhere("MFA_RECOVERY_CODES_RENEWED", user.email)
    return codes


def require(*, acting: Membership, organization: Organization, required: bool) -> None:
    """Ask the second step of all members of an organization, or leave it to them."""
    if required and not second_factor.is_on(acting.user):
        raise TwoStepError("Set up your own two-step sign-in first.")
    with act("MFA_REQUIREMENT_CHANGED", organization_id=organization.pk, required=required):
        organization.requires_mfa = required
        organization.save(update_fields=["requires_mfa"])


def take_away(user: User) -> None:
    """Ask for no codes any more, inside a transaction; sessions and tokens end."""
    end_sessions_of(user)
    second_factor.end(user)


def end_sessions_of(user: User) -> None:
    """End sessions, and tokens with their sign-ins; keys are another matter."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.token_version = locked.token_version + 1
    user.save(update_fields=["token_version"])
    end_all_of(user)
