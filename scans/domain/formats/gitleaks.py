"""gitleaks' JSON (its `report/finding.go`), and that of versions up to 7 (`report/leak.go`).

An array of findings; a clean report is `[]`, `null` or no file at all. The secret, its line, the
commit's message and who made it are in there, too: none of that is decoded.
"""

from typing import Any

from msgspec import Struct, field

from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import Scalar, Skipped
from scans.domain.union import Reading

_NAME = "gitleaks"
_Countable: Any = list[Skipped] | None


class Finding(Struct, gc=False):
    """A secret in one commit, or in the files; the old names stand behind the new ones."""

    rule_id: Scalar = field(default=None, name="RuleID")
    description: Scalar = field(default=None, name="Description")
    file: Scalar = field(default=None, name="File")
    start_line: Scalar = field(default=None, name="StartLine")
    old_rule: Scalar = field(default=None, name="rule")
    old_file: Scalar = field(default=None, name="file")
    old_line: Scalar = field(default=None, name="lineNumber")


_Findings: Any = list[Finding] | None


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run. A secret that many commits hold in one line is one finding.

    Raises ReportFormatError and ReportTooLargeError.
    """
    report = PlainReport(_NAME, limits)
    report.check_room(len(decode(text, _Countable, name=_NAME) or ()))
    for found in decode(text, _Findings, name=_NAME) or ():
        report.secret(_entry(found))
    return [report.parsed()]


def _entry(found: Finding) -> Entry:
    rule_id = id_of(found.rule_id) or id_of(found.old_rule) or "unknown"
    return Entry(
        rule_id=rule_id,
        path=text_of(found.file) or text_of(found.old_file),
        line=found.start_line or found.old_line,
        message=text_of(found.description) or rule_id,
    )
