"""What keeps people out whose password is right."""

from collections.abc import Iterator

from codestax.doctor.problem import Problem, numbered
from orgs.services import second_factor

AREA = "sign-in"


def problems() -> Iterator[Problem]:
    if locked_out := set(second_factor.unreadable()):
        yield Problem(
            AREA,
            f"The codes of {numbered('user', locked_out)}: they are refused, since SECRET_KEY is "
            "another one than when two-step sign-in was set up.",
            "Put the former key into SECRET_KEY_FALLBACKS, or run `manage.py reset_two_step`.",
        )
