"""A SARIF run read by its differences to the one before, or whole and remembered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from msgspec import Raw

from scans.domain.findings import ParsedRun
from scans.domain.fingerprints import Marked
from scans.domain.formats.sarif_results import NOT_LOOKED_FOR, UNDECIDED
from scans.domain.memo import Memory, Note, Outcome, ReadAgain, read_again, whole
from scans.domain.union import Reading


class OpenRun(Protocol):
    """What is needed of scans.domain.formats.sarif."""

    tool: str
    category: str
    is_complete: bool
    results: list[Raw]

    @property
    def reads_each_alone(self) -> bool: ...

    def read(self, places: Sequence[int]) -> list[Outcome]: ...
    def header(self) -> bytes: ...
    def reading(self, outcomes: Sequence[Outcome]) -> Reading: ...
    def check_types(self, found: set[str]) -> frozenset[str]: ...


def with_memory(run: OpenRun, memory: Memory) -> Reading:
    """Return the reading of a run that stands alone in its log."""
    header, digests = memory.digest_of(run.header()), memory.digests_of(run.results)
    before = memory.of(run.tool, run.category, header) if run.is_complete else None
    again = read_again(before, digests, run.read) if before else None
    if again and run.reads_each_alone:
        notes = again.memo.notes_of(digests)
        if not any(note.reason == UNDECIDED for note in notes):
            return _of_differences(run, again, notes)
    return _whole(run, header, digests)


def _of_differences(run: OpenRun, again: ReadAgain, notes: Counter[Note]) -> Reading:
    ignored = Counter[str]()
    for note, count in notes.items():
        if note.reason:
            ignored[note.reason] += count
    looked_for = {note.check_type for note in notes if note.reason != NOT_LOOKED_FOR}

    def finish(parsed: ParsedRun, _: list[Marked]) -> ParsedRun:
        rows = len(again.rows) + again.rest.rows
        return replace(
            parsed,
            rows=again.rows,
            results=len(run.results),
            duplicates=len(run.results) - ignored.total() - rows,
            iac_kinds=frozenset(note.iac_kind for note in notes) - {""},
            rest=again.rest,
            memo=again.memo.packed(),
        )

    return replace(
        run.reading([]), check_types=run.check_types(looked_for), ignored=ignored, finish=finish
    )


def _whole(run: OpenRun, header: bytes, digests: list[bytes]) -> Reading:
    outcomes = run.read(range(len(run.results)))
    reading = run.reading(outcomes)
    if reading.ignored[UNDECIDED] or not (run.is_complete and run.reads_each_alone):
        return reading

    def finish(parsed: ParsedRun, marked: list[Marked]) -> ParsedRun:
        memo = whole(header, digests, outcomes, marked, parsed.rows)
        return replace(parsed, memo=memo.packed())

    return replace(reading, finish=finish)
