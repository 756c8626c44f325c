"""What organizations have decided: selections that name what is not there, rows nobody can read."""

from collections.abc import Iterable, Iterator
from functools import partial

from django.db.models import OuterRef, Subquery

from codestax.doctor.problem import Problem, numbered
from compliance.domain.catalog import builtin_frameworks
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection, PolicyVersion
from compliance.queries import custom_framework, readable_policy, stored_policy
from orgs.models import Organization

AREA = "policies"
_SAVE_AGAIN = "Save it again at /dashboard/compliance/frameworks or over the API."


def problems() -> Iterator[Problem]:
    controls = _controls_by_framework()
    yield from _problem(
        "Custom framework",
        (row for (_, _), (row, ids) in controls.items() if ids is None),
        "its controls cannot be read, so it does not score.",
        "Push the framework again, or delete it.",
    )
    known = {key: set(ids or ()) for key, (_, ids) in controls.items()}
    yield from _problem(
        "Selection of frameworks",
        _selections_of_unknown(known),
        "it enables a framework that does not exist.",
        _SAVE_AGAIN,
    )
    yield from _problem(
        "Selection of controls",
        _controls_of_unknown(known),
        "it marks controls Not Applicable that do not exist.",
        _SAVE_AGAIN,
    )
    yield from _versions()


def _problem(what: str, ids: Iterable[int], sentence: str, remedy: str) -> Iterator[Problem]:
    if found := list(ids):
        yield Problem(AREA, f"{numbered(what, found)}: {sentence}", remedy)


_Controls = dict[tuple[int, str], tuple[int, set[str] | None]]


def _controls_by_framework() -> _Controls:
    """Of each custom framework its row and the ids of its controls; None: they are unreadable."""
    found: _Controls = {}
    for row in CustomFramework.objects.order_by().iterator():
        read = custom_framework(row)
        ids = None if read is None else {control.id for control in read.controls}
        found[row.org_id, row.key] = row.pk, ids
    return found


def _selections_of_unknown(known: dict[tuple[int, str], set[str]]) -> Iterator[int]:
    for row in FrameworkSelection.objects.exclude(keys=None).order_by().iterator():
        is_known = partial(_is_known, known, row.org_id)
        if not all(map(is_known, row.keys)):
            yield row.pk


def _is_known(known: dict[tuple[int, str], set[str]], org_id: int, key: str) -> bool:
    return key in builtin_frameworks() or (org_id, key) in known


def _controls_of_unknown(known: dict[tuple[int, str], set[str]]) -> Iterator[int]:
    for row in ControlSelection.objects.exclude(disabled=[]).order_by().iterator():
        builtin = builtin_frameworks().get(row.framework_key)
        if builtin is None:
            ids = known.get((row.org_id, row.framework_key), set())
        else:
            ids = {control.id for control in builtin.controls}
        if not ids.issuperset(row.disabled):
            yield row.pk


def _versions() -> Iterator[Problem]:
    """The policy in force, which every score is made with, against the tables it came from."""
    newest = PolicyVersion.objects.filter(org=OuterRef("pk")).order_by("-id").values("id")[:1]
    unreadable, different = [], []
    for organization in Organization.objects.annotate(version=Subquery(newest)).iterator():
        policy = readable_policy(organization, organization.version)
        if policy is None:
            unreadable.append(organization.pk)
        elif policy != stored_policy(organization):
            different.append(organization.pk)
    yield from _problem(
        "Organization",
        unreadable,
        "the version of its policy in force is missing or cannot be read; scores follow the "
        "tables.",
        _SAVE_AGAIN,
    )
    yield from _problem(
        "Organization",
        different,
        "its policy in force is not what its selections and frameworks say.",
        _SAVE_AGAIN,
    )
