"""The rounds: every room, one after another."""

from collections.abc import Callable, Iterator

from django.db import DatabaseError, transaction

from codestax.common.tenancy import across_organizations
from codestax.doctor import (
    audit_log,
    clock,
    configuration,
    database,
    evidence,
    policies,
    queue,
    sign_in,
    tables,
)
from codestax.doctor.problem import Problem

_ROOMS = (database, tables, clock, queue, audit_log, sign_in, policies, evidence)


def examine() -> list[Problem]:
    """All that is wrong. Where the database cannot be worked with, that and the settings alone."""
    found = [*configuration.problems(), *database.hindrances()]
    if not any(problem.area == database.AREA for problem in found):
        with across_organizations():
            for room in _ROOMS:
                found += _looked_into(room.AREA, room.problems)
    return found


def _looked_into(area: str, problems: Callable[[], Iterator[Problem]]) -> list[Problem]:
    """A room that cannot be looked into is a problem, and no reason to leave out the others."""
    try:
        with transaction.atomic():
            return list(problems())
    except DatabaseError as error:
        sentence = f"This could not be looked at: {type(error).__name__}."
        return [Problem(area, sentence, "Run `manage.py database check`, and look at its log.")]
