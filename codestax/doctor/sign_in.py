"""What keeps people out whose password is right, or refuses them a new one."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from codestax.doctor.problem import Problem, numbered
from orgs.domain.breached_passwords import NotAListError
from orgs.models import ApiKey
from orgs.services import second_factor
from orgs.services.breached_passwords import opened

AREA = "sign-in"
_PROBES = 1000


def problems() -> Iterator[Problem]:
    yield from _second_steps()
    yield from _keys_of_elsewhere()
    if settings.BREACHED_PASSWORDS_FILE:
        yield from _breached_passwords(settings.BREACHED_PASSWORDS_FILE)


def _second_steps() -> Iterator[Problem]:
    if locked_out := set(second_factor.unreadable()):
        yield Problem(
            AREA,
            f"The codes of {numbered('user', locked_out)}: they are refused, since SECRET_KEY is "
            "another one than when two-step sign-in was set up.",
            "Put the former key into SECRET_KEY_FALLBACKS, or run `manage.py reset_two_step`.",
        )


def _keys_of_elsewhere() -> Iterator[Problem]:
    keys = ApiKey.objects.usable(timezone.now()).exclude(environment=settings.KEY_ENVIRONMENT)
    if refused := set(keys.values_list("pk", flat=True)):
        yield Problem(
            AREA,
            f"The use of {numbered('API key', refused)}: refused, since KEY_ENVIRONMENT is "
            f"{settings.KEY_ENVIRONMENT} here and was another when they were made.",
            "Make keys of this installation, or set KEY_ENVIRONMENT as it was.",
        )


def _breached_passwords(path: str) -> Iterator[Problem]:
    try:
        with opened(path) as listed:
            listed.examine(_PROBES)
    except (OSError, NotAListError) as error:
        found = "cannot be read" if isinstance(error, OSError) else str(error)
        yield Problem(
            AREA,
            f"The file of BREACHED_PASSWORDS_FILE {found}: no new password can be checked by it.",
            "Fetch the SHA-1 list as one file with haveibeenpwned-downloader, and move it there.",
        )
