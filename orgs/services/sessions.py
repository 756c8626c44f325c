"""Sessions of the pages: the same check, the same limits and the same acts as the API's tokens."""

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from orgs.models import User
from orgs.services.sign_in import record_everywhere, verified_user


def start_session(
    *, request: HttpRequest, email: str, password: str, staff_only: bool = False
) -> User:
    """Sign the browser in. WrongCredentialsError and TooManyAttemptsError end the attempt."""
    user = verified_user(email=email, password=password, staff_only=staff_only)
    with transaction.atomic():
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
