"""Links to our pages, in mails and in what commands print; among them those that set a password."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from codestax.common.context import current_request
from codestax.common.errors import DomainError
from orgs.models import User

_LOOPBACK = "http://127.0.0.1:8000"


class NoHostError(DomainError):
    """Nothing says under which name people reach this installation."""

    code = "no_host"

    def __init__(self) -> None:
        super().__init__(
            "No link can be made: ALLOWED_HOSTS has only patterns. Put the host's name first."
        )


class _Handed(PasswordResetTokenGenerator):
    """Of links that the operator hands on: who follows one has shown to read nobody's mail."""

    key_salt = "orgs.services.links"


_MAILED, _HANDED = default_token_generator, _Handed()


class PasswordLinks:
    """What a page that sets a password checks a link's token by, wherever the link stood."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        return _MAILED.check_token(user, token) or _HANDED.check_token(user, token)


def was_mailed(user: User, token: str) -> bool:
    """Whether the link of a good token came by mail."""
    return _MAILED.check_token(user, token)


def mailed_password_link(user: User) -> str:
    """Sets the password, once, and proves that whoever follows it reads the account's mail."""
    return _password_link(user, _MAILED)


def handed_password_link(user: User) -> str:
    """Sets the password, once, and proves nothing."""
    return _password_link(user, _HANDED)


def life() -> str:
    """How long a link that sets a password is good, in words."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    return "1 hour" if hours == 1 else f"{hours} hours"


def address(name: str, **parts: str) -> str:
    """The page's address under the host that this request came to, one of ALLOWED_HOSTS.

    A command has no request: the first host that is named there. NoHostError where none is.
    """
    path, request = reverse(name, kwargs=parts), current_request.get()
    return request.build_absolute_uri(path) if request is not None else _root() + path


def _root() -> str:
    if not settings.PRODUCTION:
        return _LOOPBACK
    named = [host for host in settings.ALLOWED_HOSTS if host != "*" and not host.startswith(".")]
    if not named:
        raise NoHostError
    return f"https://{named[0]}"


def _password_link(user: User, generator: PasswordResetTokenGenerator) -> str:
    token = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": generator.make_token(user),
    }
    return address("password-reset-confirm", **token)
