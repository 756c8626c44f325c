"""What keeps people out whose password is right."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from codestax.doctor.problem import Problem, numbered
from orgs.models import ApiKey
from orgs.services import second_factor

AREA = "sign-in"


def problems() -> Iterator[Problem]:
    yield from _locked_out()
    yield from _keys_of_elsewhere()


def _locked_out() -> Iterator[Problem]:
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
