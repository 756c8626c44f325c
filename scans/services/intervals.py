"""Make the findings that are present at a scan equal to a report, in a few statements.

A finding is present at scan A when `opened <= A < closed` in the branch's order, which is that of
the scans' positions. A report for A changes presence at A alone. Most often A is the newest scan
that its tool reported on, and the changes are simple: close what is gone, insert what is new. A
report that comes late, for a scan that another one of the same tool follows (`until`), cuts and
joins intervals instead, so that what the following scans hold stays as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from codestax.common.failpoints import reached
from scans.domain.copy_text import CopyText, StorableRun
from scans.models import Scan

_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS scans_staged_finding (
    fingerprint bytea, check_type text, severity text, rule_id text, path text, line integer,
    message text, cwes smallint[], is_suppressed boolean
) ON COMMIT DELETE ROWS
"""

_COPY = "COPY scans_staged_finding FROM STDIN"
# A table with row-level security takes no COPY.
_OPEN_ALL = """
INSERT INTO scans_finding (org_id, repository_id, branch, tool, category, fingerprint, check_type,
    severity, rule_id, path, line, message, cwes, is_suppressed, opened_scan_id)
SELECT %s, %s, %s::text, %s::text, %s::text, s.*, %s FROM scans_staged_finding s
"""

# The rows of this tool and category. With no later scan of the tool, the partial index of open
# rows answers it.
_OF_TOOL = """
    f.org_id = %(org)s AND f.repository_id = %(repository)s AND f.branch = %(branch)s
    AND f.tool = %(tool)s AND f.category = %(category)s"""
_PRESENT_NEWEST = f"{_OF_TOOL} AND f.closed_scan_id IS NULL"
# The rows of which a report speaks that was read by its differences alone. They are looked up once:
# the planner knows little of fresh rows, and may pass over all open ones to find them.
_READ_AGAIN = f"""
SELECT f.id FROM scans_finding f
WHERE {_PRESENT_NEWEST} AND f.fingerprint = ANY (%(read_again)s)
"""
_PRESENT_READ_AGAIN = "f.closed_scan_id IS NULL AND f.id = ANY (%(ids)s)"


def _position(scan_id: str) -> str:
    """SQL for the place of a scan in its branch, given the SQL for its id."""
    return f"(SELECT position FROM scans_scan WHERE id = {scan_id})"


_PRESENT_LATE = f"""{_OF_TOOL}
    AND {_position("f.opened_scan_id")} <= %(position)s
    AND (f.closed_scan_id IS NULL OR {_position("f.closed_scan_id")} > %(position)s)"""

_SAME_STATE = """f.fingerprint = s.fingerprint AND f.severity = s.severity
    AND f.is_suppressed = s.is_suppressed AND f.cwes = s.cwes"""

# Present rows that the report speaks against: not in it (and the run looked for them to the
# end), or in it with another severity, CWE or suppression.
_ENDING = """
CREATE TEMPORARY TABLE scans_ending ON COMMIT DROP AS
SELECT f.id, f.opened_scan_id, f.closed_scan_id
FROM scans_finding f LEFT JOIN scans_staged_finding s ON s.fingerprint = f.fingerprint
WHERE {present} AND CASE
    WHEN s.fingerprint IS NULL
        THEN %(is_complete)s AND f.check_type <> ALL (%(undecided)s)
    ELSE NOT ({same_state}) END
"""

_COLUMNS = """org_id, repository_id, branch, tool, category, fingerprint, check_type, severity,
    rule_id, path, line, message, cwes, is_suppressed"""

_LASTS_BEYOND_UNTIL = (
    f"(e.closed_scan_id IS NULL OR {_position('e.closed_scan_id')} > %(until_position)s)"
)
_KEEP_AFTER_UNTIL = f"""
INSERT INTO scans_finding ({_COLUMNS}, opened_scan_id, closed_scan_id)
SELECT {_COLUMNS}, %(until)s::bigint, e.closed_scan_id
FROM scans_finding f JOIN scans_ending e USING (id)
WHERE e.opened_scan_id <> %(scan)s AND {_LASTS_BEYOND_UNTIL}
"""
_START_AT_UNTIL = f"""
UPDATE scans_finding f SET opened_scan_id = %(until)s FROM scans_ending e
WHERE f.id = e.id AND e.opened_scan_id = %(scan)s AND {_LASTS_BEYOND_UNTIL}
"""
_DROP_WHOLE = """
DELETE FROM scans_finding f USING scans_ending e
WHERE f.id = e.id AND f.opened_scan_id = %(scan)s
"""
_CLOSE = """
UPDATE scans_finding f SET closed_scan_id = %(scan)s FROM scans_ending e
WHERE f.id = e.id AND e.opened_scan_id <> %(scan)s
"""

# A row that an earlier report for the same scan closed is opened again, not doubled.
_REOPEN = f"""
WITH reopened AS (
    UPDATE scans_finding f SET closed_scan_id = %(until)s FROM scans_staged_finding s
    WHERE {_OF_TOOL} AND f.closed_scan_id = %(scan)s AND {_SAME_STATE}
    RETURNING f.id, f.fingerprint
), following AS (
    DELETE FROM scans_finding f USING reopened r, scans_staged_finding s
    WHERE {_OF_TOOL} AND f.opened_scan_id = %(until)s AND f.fingerprint = r.fingerprint
        AND {_SAME_STATE}
    RETURNING r.id, f.closed_scan_id
)
SELECT id, closed_scan_id FROM following
"""
_JOIN_FOLLOWING = "UPDATE scans_finding SET closed_scan_id = %s WHERE id = %s"
_START_EARLIER = f"""
UPDATE scans_finding f SET opened_scan_id = %(scan)s FROM scans_staged_finding s
WHERE {_OF_TOOL} AND f.opened_scan_id = %(until)s AND {_SAME_STATE} AND NOT EXISTS (
    SELECT FROM scans_finding p WHERE p.org_id = %(org)s AND p.repository_id = %(repository)s
        AND p.branch = %(branch)s AND p.tool = %(tool)s AND p.category = %(category)s
        AND p.fingerprint = s.fingerprint AND {_position("p.opened_scan_id")} <= %(position)s
        AND (p.closed_scan_id IS NULL OR {_position("p.closed_scan_id")} > %(position)s))
"""

_OPEN = """
INSERT INTO scans_finding (org_id, repository_id, branch, tool, category, fingerprint,
    check_type, severity, rule_id, path, line, message, cwes, is_suppressed,
    opened_scan_id, closed_scan_id)
SELECT %(org)s, %(repository)s, %(branch)s::text, %(tool)s::text, %(category)s::text, s.fingerprint,
    s.check_type, s.severity, s.rule_id, s.path, s.line, s.message, s.cwes, s.is_suppressed,
    %(scan)s, %(until)s::bigint
FROM scans_staged_finding s
WHERE NOT EXISTS (
    SELECT FROM scans_finding f WHERE {present} AND f.fingerprint = s.fingerprint)
"""

# Code that moved keeps its fingerprint; people still want to find it where it is now.
_MOVE = """
UPDATE scans_finding f SET line = s.line, message = s.message FROM scans_staged_finding s
WHERE {present} AND f.fingerprint = s.fingerprint
    AND (f.line IS DISTINCT FROM s.line OR f.message <> s.message)
"""

_COUNT = f"""
WITH opened AS (
    SELECT f.fingerprint FROM scans_finding f
    WHERE {_OF_TOOL} AND f.opened_scan_id = %(scan)s AND NOT f.is_suppressed
), closed AS (
    SELECT f.fingerprint FROM scans_finding f
    WHERE {_OF_TOOL} AND f.closed_scan_id = %(scan)s AND NOT f.is_suppressed
)
SELECT
    (SELECT count(*) FROM opened o JOIN scans_staged_finding s USING (fingerprint)
        WHERE NOT s.is_suppressed
        AND o.fingerprint NOT IN (SELECT fingerprint FROM closed)),
    (SELECT count(*) FROM closed c
        WHERE c.fingerprint NOT IN (SELECT fingerprint FROM opened)),
    (SELECT count(*) FROM scans_staged_finding WHERE is_suppressed)
"""


@dataclass(frozen=True)
class Change:
    """What a report changed against the scan before, and how many of its rows it suppresses."""

    opened: int
    closed: int
    suppressed: int


def store_first_run(*, scan: Scan, run: StorableRun) -> Change:
    """Store the first report of a tool and category on the branch.

    There is nothing to compare it with, so all its rows go in.
    """
    place = (scan.org_id, scan.repository_id, scan.branch, run.tool, run.category)
    with connection.cursor() as cursor:
        _stage(cursor, run.copy)
        cursor.execute(_OPEN_ALL, (*place, scan.pk))
    return Change(run.copy.rows - run.copy.suppressed, 0, run.copy.suppressed)


def _stage(cursor: Any, rows: CopyText) -> None:
    """Copy rows into the staging table, which holds nothing else then."""
    cursor.execute(_STAGE)
    cursor.execute("TRUNCATE scans_staged_finding")
    with _copying(cursor, _COPY) as copy:
        for piece in rows.pieces:
            copy.write(piece)
        reached("upload.copying")


@contextmanager
def _copying(cursor: Any, statement: str) -> Iterator[Any]:
    """A COPY whose errors are Django's, as those of every other statement are."""
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        yield copy


def apply_run(*, scan: Scan, run: StorableRun, until: Scan | None, replaces: bool) -> Change:
    """Store `run` as what `scan` found, and return what that opened and closed.

    `until` is the next scan of the branch that the same tool and category reported on, or None;
    `replaces` says that it had reported for this scan before. A run with a `rest` is compared with
    the rows that it read again alone; its `until` is None. Runs inside the caller's transaction,
    under the repository's lock.
    """
    with connection.cursor() as cursor:
        change = _Comparison(cursor, scan, run, until)
        _stage(cursor, run.copy)
        change.find_read_again()
        change.end_what_is_gone()
        if replaces:
            change.reopen()
        change.open_what_is_new()
        return change.counted()


class _Comparison:
    """The statements that make presence at a scan equal to a run, with their values."""

    def __init__(self, cursor: Any, scan: Scan, run: StorableRun, until: Scan | None) -> None:
        self.cursor = cursor
        self.rest = run.rest
        self.is_late = until is not None
        self.present = _PRESENT_LATE if self.is_late else _PRESENT_NEWEST
        read_again: list[bytes] = []
        if run.rest:
            self.present = _PRESENT_READ_AGAIN
            read_again = [*run.rest.read_again, *run.copy.fingerprints]
        self.values = {
            "org": scan.org_id,
            "repository": scan.repository_id,
            "branch": scan.branch,
            "tool": run.tool,
            "category": run.category,
            "scan": scan.pk,
            "position": scan.position,
            "until": until and until.pk,
            "until_position": until and until.position,
            "is_complete": run.is_complete,
            "undecided": list(run.open_check_types),
            "read_again": read_again,
        }

    def find_read_again(self) -> None:
        """Find the rows that a run with a `rest` is compared with, as they are now."""
        if self.rest:
            self._run(_READ_AGAIN)
            self.values["ids"] = [pk for (pk,) in self.cursor.fetchall()]

    def end_what_is_gone(self) -> None:
        self._run(_ENDING.format(present=self.present, same_state=_SAME_STATE))
        if self.is_late:
            self._run(_START_AT_UNTIL)
        self._run(_DROP_WHOLE)
        self._run(_CLOSE)
        if self.is_late:
            self._run(_KEEP_AFTER_UNTIL)
        self._run("DROP TABLE scans_ending")

    def reopen(self) -> None:
        self._run(_REOPEN)
        joined = [(closed, pk) for pk, closed in self.cursor.fetchall()]
        self.cursor.executemany(_JOIN_FOLLOWING, joined)
        self.find_read_again()

    def open_what_is_new(self) -> None:
        if self.is_late:
            self._run(_START_EARLIER)
        self._run(_OPEN.format(present=self.present))
        if not self.is_late:
            self._run(_MOVE.format(present=self.present))

    def counted(self) -> Change:
        self._run(_COUNT)
        opened, closed, suppressed = self.cursor.fetchone()
        return Change(opened, closed, suppressed + (self.rest.suppressed if self.rest else 0))

    def _run(self, statement: str) -> None:
        self.cursor.execute(statement, self.values if "%(" in statement else None)
