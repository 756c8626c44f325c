"""Sessions of the pages: the same check, the same limits and the same acts as the API's tokens."""

from typing import ClassVar

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from codestax.common.errors import DomainError
from orgs.models import User
from orgs.services import second_factor
from orgs.services.sign_in import record_everywhere, verified_code, verified_user

# Of a session whose password was right, until the code comes: whose, and until when.
_HALF = "half_signed_in"
_HALF_SECONDS = 600


class SignInExpiredError(DomainError):
    """Nobody has typed a password in this session, or too long ago."""

    code = "sign_in_expired"
    sentence: ClassVar[str] = "Begin again: email and password were asked for too long ago."

    def __init__(self) -> None:
        super().__init__(self.sentence)


def start_session(
    *, request: HttpRequest, email: str, password: str, staff_only: bool = False
) -> User | None:
    """Sign the browser in. WrongCredentialsError and TooManyAttemptsError end the attempt.

    None where a code is still to come, with `finish_session`.
    """
    user = verified_user(email=email, password=password, staff_only=staff_only)
    if not second_factor.is_on(user):
        return _sign_in(request, user)
    request.session.flush()  # nothing that was planted here goes on to the signed-in session
    until = int(timezone.now().timestamp()) + _HALF_SECONDS
    request.session[_HALF] = [user.pk, user.token_version, until]
    return None


def finish_session(*, request: HttpRequest, code: str) -> User:
    """Sign the browser in by a code. WrongCodeError and TooManyAttemptsError end the attempt."""
    user = half_signed_in(request)
    if user is None:
        raise SignInExpiredError
    verified_code(user, code)
    return _sign_in(request, user)


def half_signed_in(request: HttpRequest) -> User | None:
    """Who has typed the password in this session and owes the code."""
    pk, version, until = request.session.get(_HALF, (None, 0, 0))
    if until <= timezone.now().timestamp():
        return None
    # A new password, or an account that is closed, ends what is half done.
    return User.objects.filter(pk=pk, token_version=version, is_active=True).first()


def _sign_in(request: HttpRequest, user: User) -> User:
    with transaction.atomic():
        request.session.pop(_HALF, None)
        auth.login(request, user)
        record_everywhere("SIGN_IN", user.email)
    return user


def end_session(*, request: HttpRequest) -> None:
    """Sign the browser out; nothing happens to one that is not signed in."""
    user = request.user
    if isinstance(user, User):
        with transaction.atomic():
            record_everywhere("SIGN_OUT", user.email)
            auth.logout(request)
