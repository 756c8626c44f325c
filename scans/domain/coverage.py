"""What a clean run is evidence for, where only the uploader knows."""

from dataclasses import replace
from typing import TypeVar

from scans.domain.findings import RunFacts
from scans.domain.tools import tool_named

Run = TypeVar("Run", bound=RunFacts)


def with_declared_coverage(run: Run, declared: frozenset[str]) -> Run:
    """Return the run with the check types that its uploader says it has looked for.

    A declaration counts for a complete run of a tool of many kinds or of none that is known: a
    clean report of such a tool lists no rules that would tell. What another tool proves is known,
    and what did not finish proves nothing, whatever is declared.
    """
    if not run.is_complete or not tool_named(run.tool).is_mixed:
        return run
    return replace(run, check_types=run.check_types | declared)
