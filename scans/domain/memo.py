"""What a report came to, result by result, so that the next one is read only where it differs.

A result's row depends on the run around it (the memo's `header`), on the result's own bytes, and on
the results that it is tied to (fingerprints.ties). So results are read again that are new, and
those with a tie to one that is new or gone; what the others came to still holds. Runs in which
results depend on each other in another way have no memo, and are read as a whole.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from msgspec import MsgspecError, Raw, Struct, msgpack

from scans.domain.findings import FindingRow, Rest
from scans.domain.fingerprints import Draft, Marked, ties, told_apart
from scans.domain.locations import infrastructure_kind

_SIZE = 16
KEY_BYTES = 32
_BLOCK_BYTES = 64
# Where more is to be read again than this part of a report, reading all of it is simpler.
_MOST_READ_AGAIN = 0.25


class Ignored(NamedTuple):
    """A result that is no finding: why, and what it would have been."""

    reason: str
    check_type: str


Outcome = Draft | Ignored
# Reads results, named by their places in the report.
Reader = Callable[[Sequence[int]], list[Outcome]]


class Note(NamedTuple):
    """What many results share; one with a `reason` is ignored, the others are findings."""

    reason: str
    check_type: str
    is_suppressed: bool = False
    iac_kind: str = ""


class Kept(Struct, array_like=True, gc=False):
    """What one result came to; the fingerprint of an ignored one is empty."""

    fingerprint: bytes
    note: int
    ties: tuple[bytes, ...] = ()


class Memo(Struct, array_like=True):
    """What the results of a report came to, by the digests of their bytes."""

    header: bytes
    notes: list[Note]
    results: dict[bytes, Kept]
    rows: int = 0
    suppressed_rows: int = 0

    def packed(self) -> bytes:
        """Return the memo as bytes, about 40 for each result."""
        return msgpack.encode(self)

    def notes_of(self, digests: Iterable[bytes]) -> Counter[Note]:
        """Count what the results came to."""
        numbers = Counter([self.results[digest].note for digest in digests])
        return Counter({self.notes[number]: count for number, count in numbers.items()})

    def tied(self, to: Set[bytes]) -> set[bytes]:
        """Return the digests of the results with a tie to any of these, or to one of those."""
        known, found, loose = set(to), set[bytes](), set(to)
        while loose:
            found.update(
                digest
                for digest, kept in self.results.items()
                if kept.fingerprint in loose or not loose.isdisjoint(kept.ties)
            )
            loose = _ties_of(self.results[digest] for digest in found) - known
            known |= loose
        return found


_unpacker = msgpack.Decoder(Memo)


def unpacked(content: bytes) -> Memo | None:
    """Return what `packed` wrote, None for what cannot be read."""
    try:
        return _unpacker.decode(content)
    except MsgspecError:
        return None


@dataclass(frozen=True)
class Memory:
    """What is remembered of the reports before.

    `packed` returns the memo of a tool and category, b"" for none. Digests are made with `key`, of
    at most KEY_BYTES: results may quote secrets. Reports of fewer than `least` results are read as
    fast without.
    """

    packed: Callable[[str, str], bytes]
    key: bytes = b""
    least: int = 2_000

    @classmethod
    def empty(cls) -> "Memory":
        """Return a memory under which everything is read whole, and no memo is made."""
        return cls(lambda tool, category: b"", least=sys.maxsize)

    def is_worth(self, results: int) -> bool:
        return results >= self.least

    def digest_of(self, content: bytes) -> bytes:
        """Return what a run's header is known by."""
        return self.digests_of([content])[0]

    def digests_of(self, results: Iterable[bytes | Raw]) -> list[bytes]:
        """Return what each of the results is known by.

        SHA-256 with the key as its first block, and cut, so that no digest tells of another.
        Processors have instructions for it, and a result takes a microsecond.
        """
        keyed = sha256(self.key.ljust(_BLOCK_BYTES, b"\0"))
        digests = []
        for result in results:
            digest = keyed.copy()
            digest.update(result)
            digests.append(digest.digest()[:_SIZE])
        return digests

    def of(self, tool: str, category: str, header: bytes) -> Memo | None:
        """Return the memo of the report before, if the run around the results is the same."""
        packed = self.packed(tool, category)
        memo = unpacked(packed) if packed else None
        return memo if memo and memo.header == header else None


@dataclass(frozen=True)
class ReadAgain:
    """A report read by its differences to the one before: as in ParsedRun, and its memo."""

    rows: list[FindingRow]
    rest: Rest
    memo: Memo


def whole(
    header: bytes,
    digests: Sequence[bytes],
    outcomes: Sequence[Outcome],
    marked: Sequence[Marked],
    rows: Sequence[FindingRow],
) -> Memo:
    """Return the memo of a report all of which was read; `marked` are the drafts among outcomes."""
    memo = Memo(header, [], {})
    _remember(memo, digests, outcomes, marked, rows)
    return memo


def read_again(memo: Memo, digests: Sequence[bytes], read: Reader) -> ReadAgain | None:
    """Read of a report what may have come to something else than before.

    `memo` is that of the report before, with the same header. Returns None where so much has
    changed that the whole report should be read.
    """
    places = dict(zip(digests, range(len(digests)), strict=True))
    new, gone = places.keys() - memo.results.keys(), memo.results.keys() - places.keys()
    most = _MOST_READ_AGAIN * len(digests)
    if len(new) + len(gone) > most:
        return None
    _, marked = told_apart(_drafts(read(sorted(map(places.__getitem__, new)))))
    loose = _ties_of(memo.results[digest] for digest in gone).union(
        *((one.fingerprint, *ties(one)) for one in marked)
    )
    stale = memo.tied(loose)
    again = sorted(map(places.__getitem__, new | (stale & places.keys())))
    if len(again) > most:
        return None
    return _replaced(memo, stale | gone, [digests[place] for place in again], read(again))


def _replaced(
    memo: Memo, stale: Set[bytes], digests: Sequence[bytes], outcomes: Sequence[Outcome]
) -> ReadAgain:
    lasting = dict(memo.results)
    old = [lasting.pop(digest) for digest in stale]
    read_again = frozenset(kept.fingerprint for kept in old if kept.fingerprint)
    suppressed = {kept.fingerprint for kept in old if memo.notes[kept.note].is_suppressed}
    rest = Rest(read_again, memo.rows - len(read_again), memo.suppressed_rows - len(suppressed))
    replaced = Memo(memo.header, list(memo.notes), lasting, rest.rows, rest.suppressed)
    rows, marked = told_apart(_drafts(outcomes))
    _remember(replaced, digests, outcomes, marked, rows)
    return ReadAgain(rows, rest, replaced)


def _drafts(outcomes: Iterable[Outcome]) -> list[Draft]:
    return [outcome for outcome in outcomes if isinstance(outcome, Draft)]


def _ties_of(results: Iterable[Kept]) -> set[bytes]:
    return {tie for kept in results for tie in (kept.fingerprint, *kept.ties)} - {b""}


def _remember(
    memo: Memo,
    digests: Sequence[bytes],
    outcomes: Sequence[Outcome],
    marked: Sequence[Marked],
    rows: Sequence[FindingRow],
) -> None:
    memo.rows += len(rows)
    memo.suppressed_rows += sum(row[8] for row in rows)
    notes = _Notes(memo.notes, rows)
    findings = iter(marked)
    for digest, outcome in zip(digests, outcomes, strict=True):
        if isinstance(outcome, Ignored):
            memo.results[digest] = Kept(b"", notes.number(Note(*outcome)))
        else:
            one = next(findings)
            number = notes.of_finding(one.fingerprint, outcome)
            memo.results[digest] = Kept(one.fingerprint, number, ties(one))


class _Notes:
    """Numbers notes, and knows what those of findings say of their rows."""

    def __init__(self, notes: list[Note], rows: Sequence[FindingRow]) -> None:
        self._notes = notes
        self._numbers = {note: number for number, note in enumerate(notes)}
        self._suppressed = {row[0] for row in rows if row[8]}
        self._of_path: dict[tuple[str, str], int] = {}

    def number(self, note: Note) -> int:
        number = self._numbers.setdefault(note, len(self._notes))
        if number == len(self._notes):
            self._notes.append(note)
        return number

    def of_finding(self, fingerprint: bytes, draft: Draft) -> int:
        if fingerprint in self._suppressed:
            return self.number(Note("", draft.check_type, is_suppressed=True))
        key = draft.check_type, draft.path
        known = self._of_path.get(key)
        if known is None:
            kind = infrastructure_kind(draft.path)
            known = self._of_path[key] = self.number(Note("", draft.check_type, iac_kind=kind))
        return known
