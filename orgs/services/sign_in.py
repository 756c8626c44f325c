"""Sign-in with email and password, and what follows it: refresh and sign-out."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from codestax.common import authentications
from codestax.common.acts import act
from codestax.common.context import client_ip, current_request, user_agent
from codestax.common.errors import DomainError
from codestax.common.tenancy import of_user
from orgs.domain.browsers import browser_of
from orgs.models import Membership, SignIn, User
from orgs.services import guessing, second_factor, tokens
from orgs.services.second_factor import Kind
from orgs.services.tokens import Claims, TokenPair

# However often its tokens are refreshed, a sign-in ends after so long.
LONGEST = timedelta(days=30)


class WrongCredentialsError(DomainError):
    """The email is unknown, the password wrong or the user inactive: the answer is the same."""

    code = "wrong_credentials"
    status = 401


class WrongCodeError(WrongCredentialsError):
    """The code of the second step is missing, wrong, or was used before."""

    code = "wrong_code"


class TokenRefusedError(DomainError):
    """The refresh token is not good, or not any more."""

    code = "token_refused"
    status = 401

    def __init__(self) -> None:
        super().__init__("The API key or token is not valid.")


def sign_in(*, email: str, password: str, otp: str = "") -> TokenPair:
    """Start a sign-in. WrongCredentialsError and TooManyAttemptsError end the attempt.

    `otp` is a code of the second step, needed where the person has one.
    """
    user, factors = verified_user(email=email, password=password), ["password"]
    if second_factor.is_on(user):
        factors.append(verified_code(user, otp).factor)
    with of_user(user.pk), transaction.atomic():
        user.sign_ins.filter(expires_at__lt=timezone.now()).delete()
        started = SignIn(user=user)
        _renew(started)
        update_last_login(User, user)
        record_everywhere("SIGN_IN", user.email, factors=factors)
    return tokens.issue(started)


def verified_user(*, email: str, password: str, staff_only: bool = False) -> User:
    """The active user whose password this is; a refusal is counted and recorded.

    With `staff_only` everybody else is refused like one whose password is wrong.

    An unknown email costs the same work as a wrong password, so that time tells nothing.
    """
    email, request = email.lower(), current_request.get()
    ip = client_ip(request) if request else None
    guessing.refuse_guessing(email, ip)
    user: User | None = User.objects.with_email(email)
    # Not User.check_password(): that may save a new hash, which would end the user's tokens.
    right = check_password(password, user.password if user else "")
    if user is None or not right or not _may_come(user, staff_only):
        with transaction.atomic():
            guessing.count_failure(email, ip)
            record_everywhere("SIGN_IN_FAILED", email)
        # Outside the transaction: the refusal must not undo its own record.
        raise WrongCredentialsError("The email or the password is wrong.")
    guessing.forget_failures(email)
    return user


def verified_code(user: User, code: str) -> Kind:
    """Use up a code of the second step, and say which; WrongCodeError is counted and recorded.

    Counted apart from passwords: whoever knows one must not begin anew with each right one.
    """
    if not code:
        raise WrongCodeError("Send a code of your authenticator app, or a recovery code, as otp.")
    counted_as, request = f"second factor of {user.email}", current_request.get()
    ip = client_ip(request) if request else None
    guessing.refuse_guessing(counted_as, ip)
    with transaction.atomic():
        kind = second_factor.spend(user, code)
        if kind is None:
            guessing.count_failure(counted_as, ip)
            record_everywhere("MFA_FAILED", user.email)
        elif kind is Kind.RECOVERY:
            record_everywhere("MFA_RECOVERY_CODE_USED", user.email)
    # Outside the transaction: the refusal must not undo its own record.
    if kind is None:
        raise WrongCodeError(
            "The code is wrong, or was used before. An app shows a new one every 30 seconds: take "
            "the next one, and look at the clock of its device.",
            field="code",
        )
    guessing.forget_failures(counted_as)
    return kind


def _may_come(user: User, staff_only: bool) -> bool:
    return user.is_active and (user.is_staff or not staff_only)


def refresh(*, token: str) -> TokenPair:
    """Exchange the newest refresh token of a sign-in for new tokens; it is good only once."""
    claims = _claims(token)
    with of_user(claims.user_id), transaction.atomic():
        found = _lock(claims)
        pair = _rotate(found, claims) if found else None
    # Outside the transaction: the end of a stolen family is kept though the answer is a refusal.
    if pair is None:
        raise TokenRefusedError
    authentications.note("refresh_token", claims.user_id)
    return pair


def sign_out(*, token: str) -> None:
    """End the sign-in that a refresh token belongs to; nothing happens to one that has ended."""
    claims = _claims(token)
    with of_user(claims.user_id), transaction.atomic():
        found = _lock(claims)
        if found is not None and found.revoked_at is None:
            _end(found)


def end_all_of(user: User) -> None:
    """End every sign-in of a user."""
    with of_user(user.pk):
        user.sign_ins.filter(revoked_at=None).update(revoked_at=timezone.now())


def _claims(token: str) -> Claims:
    claims = tokens.read_refresh(token)
    if claims is None:
        raise TokenRefusedError
    return claims


def _lock(claims: Claims) -> SignIn | None:
    """The token's sign-in. The lock makes one of several refreshes at once the first."""
    rows = SignIn.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(pk=claims.sign_in_id, user=claims.user_id).first()


def _rotate(found: SignIn, claims: Claims) -> TokenPair | None:
    has_lasted = found.created_at + LONGEST <= timezone.now()
    if has_lasted or found.revoked_at is not None or not claims.hold_for(found.user):
        return None
    if found.refresh_jti != claims.jti:
        _end(found, reason="refresh_token_reused")
        return None
    _renew(found)
    return tokens.issue(found)


def _renew(sign_in: SignIn) -> None:
    sign_in.refresh_jti = tokens.new_jti()
    sign_in.expires_at = timezone.now() + api_settings.REFRESH_TOKEN_LIFETIME
    sign_in.token_version = sign_in.user.token_version
    if request := current_request.get():
        sign_in.ip, sign_in.browser = client_ip(request), browser_of(user_agent(request))
    sign_in.save()


def _end(found: SignIn, **metadata: Any) -> None:
    found.revoked_at = timezone.now()
    found.save(update_fields=["revoked_at"])
    record_everywhere("SIGN_OUT", found.user.email, **metadata)


def record_everywhere(
    action: str, email: str, *, change: Callable[[], None] | None = None, **metadata: Any
) -> None:
    """One act in each organization that the email is a member of, or one that belongs to none.

    What the act changes, `change` does within the first.
    """
    everywhere: Sequence[int | None] = organizations_of(email)
    for organization_id in everywhere or [None]:
        with act(action, organization_id=organization_id, actor_email=email, **metadata):
            if change is not None:
                change()
        change = None


def organizations_of(email: str) -> list[int]:
    """The ids of a user's organizations; none for who is unknown.

    Sorted: two that record at once must meet the organizations in the same order.
    """
    user = User.objects.with_email(email)
    with of_user(user and user.pk):
        memberships = Membership.objects.filter(user=user).order_by("org_id")
        return list(memberships.values_list("org_id", flat=True))
