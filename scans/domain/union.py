"""Runs of one tool and category, in one report or in several of one request, read as one.

Fingerprints number what is equal within a file, and trust a tool's own ones only where they tell
results apart: both need all results that are to be told apart. So they are made here, once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scans.domain.findings import ParsedRun
from scans.domain.fingerprints import Draft, Marked, told_apart
from scans.domain.locations import infrastructure_kind


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one run of a report came to; the fields are those of ParsedRun.

    `finish` adds to the only reading of a tool and category what the next report is compared with.
    """

    tool: str
    version: str
    category: str
    is_complete: bool
    check_types: frozenset[str]
    open_check_types: frozenset[str] = frozenset()
    drafts: list[Draft]
    ignored: Counter[str]
    finish: Callable[[ParsedRun, list[Marked]], ParsedRun] | None = None


def united(readings: Iterable[Reading]) -> list[ParsedRun]:
    """Return one run for each tool and category, in the order of their names."""
    groups: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        groups[reading.tool, reading.category].append(reading)
    return [_run(groups[key]) for key in sorted(groups)]


def _run(readings: list[Reading]) -> ParsedRun:
    """Join readings: complete if all of them are; the last version that one names counts."""
    drafts = [draft for reading in readings for draft in reading.drafts]
    found, marked = told_apart(drafts)
    ignored = sum((reading.ignored for reading in readings), Counter[str]())
    active_paths = {path for _, _, _, _, path, _, _, _, is_suppressed in found if not is_suppressed}
    run = ParsedRun(
        tool=readings[0].tool,
        version=next((one.version for one in reversed(readings) if one.version), ""),
        category=readings[0].category,
        is_complete=all(one.is_complete for one in readings),
        check_types=_union(one.check_types for one in readings),
        open_check_types=_union(one.open_check_types for one in readings),
        rows=found,
        results=len(drafts) + ignored.total(),
        duplicates=len(drafts) - len(found),
        ignored=dict(ignored),
        iac_kinds=frozenset(map(infrastructure_kind, active_paths)) - {""},
    )
    finish = readings[0].finish
    return finish(run, marked) if finish and len(readings) == 1 else run


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)
