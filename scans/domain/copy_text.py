"""Finding rows as the text that PostgreSQL's COPY takes, made where a report is read.

Who stores a large report then passes bytes on, and holds no object for each of its rows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import itemgetter

from scans.domain.findings import FindingRow, ParsedRun, RunFacts

# Rows of one piece; a thread that changes or writes a piece holds others up for a millisecond.
_PIECE_ROWS = 2_000
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")


@dataclass(frozen=True)
class CopyText:
    """Rows in the order of FindingRow's columns, sorted by their fingerprints.

    `pieces` hold whole lines. `fingerprints` are those of the rows, for a run that was read by its
    differences to the one before; otherwise there are none.
    """

    pieces: Sequence[bytes]
    rows: int
    suppressed: int
    fingerprints: Sequence[bytes] = ()


@dataclass(frozen=True, kw_only=True)
class StorableRun(RunFacts):
    """A run that is ready to be stored."""

    copy: CopyText

    @property
    def all_rows(self) -> int:
        """The number of rows, with those that another report made and this one leaves."""
        return self.copy.rows + (self.rest.rows if self.rest else 0)


def storable(run: ParsedRun) -> StorableRun:
    """Return the run with its rows written out."""
    facts = {each.name: getattr(run, each.name) for each in fields(RunFacts)}
    return StorableRun(**facts, copy=copy_text(run.rows, with_fingerprints=run.rest is not None))


def copy_text(rows: Sequence[FindingRow], *, with_fingerprints: bool = False) -> CopyText:
    """Write rows out (PostgreSQL, COPY, "Text Format")."""
    # In the order of the unique index, which the database then builds in half the time.
    ordered = sorted(rows, key=itemgetter(0))
    return CopyText(
        pieces=tuple(_pieces(ordered)),
        rows=len(ordered),
        suppressed=sum(row[8] for row in ordered),
        fingerprints=tuple(row[0] for row in ordered) if with_fingerprints else (),
    )


def _pieces(rows: Sequence[FindingRow]) -> Iterator[bytes]:
    for start in range(0, len(rows), _PIECE_ROWS):
        yield "".join(map(_line, rows[start : start + _PIECE_ROWS])).encode()


def _line(row: FindingRow) -> str:
    fingerprint, check_type, severity, rule_id, path, line, message, cwes, is_suppressed = row
    return (
        f"\\\\x{fingerprint.hex()}\t{check_type}\t{severity}\t{_escaped_name(rule_id)}"
        f"\t{_escaped_name(path)}\t{_NULL if line is None else line}\t{_escaped(message)}"
        f"\t{_array(cwes)}\t{'t' if is_suppressed else 'f'}\n"
    )


_NULL = "\\N"


def _escaped(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


# Many results share a rule or a file.
_escaped_name = lru_cache(maxsize=4096)(_escaped)


@lru_cache(maxsize=4096)
def _array(cwes: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, cwes)) + "}"
