"""A password that stands in a public list of breached ones is everybody's."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from orgs.domain.breached_passwords import BreachedPasswords, NotAListError
from orgs.models import User

logger = logging.getLogger(__name__)


class BreachedPasswordsValidator:
    """Of AUTH_PASSWORD_VALIDATORS where BREACHED_PASSWORDS_FILE names a list.

    Nothing is asked of anybody: the list lies beside the product. While it cannot be searched
    no password is taken. It is opened anew each time, so that it can be replaced.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def validate(self, password: str, user: User | None = None) -> None:
        # The list is made of SHA-1, which protects nothing here.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            with opened(self.path) as listed:
                is_breached = digest in listed
        except (OSError, NotAListError) as error:
            logger.error("BREACHED_PASSWORDS_FILE cannot be searched: %s.", _reason(error))
            raise ValidationError(
                "New passwords cannot be checked just now. Try again later.",
                code="password_unchecked",
            ) from error
        if is_breached:
            raise ValidationError(self.get_help_text(), code="password_breached")

    def get_help_text(self) -> str:
        return (
            "This password is in a public list of breached ones, where attackers look first: "
            "choose another."
        )


@contextmanager
def opened(path: str) -> Iterator[BreachedPasswords]:
    """The list that the file holds. OSError where it cannot be read."""
    file = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(file).st_size
        yield BreachedPasswords(lambda offset, count: os.pread(file, count, offset), size)
    finally:
        os.close(file)


def _reason(error: Exception) -> str:
    """Without the path, which is nobody's business who reads the log."""
    return str(error.strerror) if isinstance(error, OSError) else f"it {error}"
