"""Evidence: what the scans of a branch have proved, reduced to one small document.

It is stored on the scan's row and is all that scoring ever reads.
"""

from datetime import datetime
from typing import Literal

import msgspec

# Told to the decoder: a document with another one is damaged, and nothing could rank it.
SeverityName = Literal["info", "low", "medium", "high", "critical"]


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tool's newest report on the branch, as it counts for a scan."""

    tool: str
    version: str = ""
    category: str = ""
    scan_id: int
    reported_at: datetime
    is_complete: bool
    check_types: tuple[str, ...]
    open_check_types: tuple[str, ...] = ()
    # None for the scan's own reports; a carried one stops counting at this moment.
    expires_at: datetime | None = None


class FindingGroup(msgspec.Struct, frozen=True, array_like=True):
    """So many open flaws that are alike in everything a control can ask for.

    `report` is the index of the newest report that names them: they count as long as it does.
    """

    check_type: str
    severity: SeverityName
    cwes: tuple[int, ...]
    count: int
    report: int = 0


class QualityGate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The latest gate result, and the share that passed in the 90 days up to the scan."""

    result: str  # passed | warning | failed
    passed: int
    evaluated: int
    expires_at: datetime | None = None


class Reviews(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pull requests of the last 90 days: merged, and of those approved by another person."""

    merged: int
    reviewed: int
    expires_at: datetime | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one branch as of one scan. Times are aware and in UTC."""

    scanned_at: datetime
    # The newest and the one before it among this and earlier scans with a successful run.
    last_success_at: datetime | None = None
    previous_success_at: datetime | None = None
    reports: tuple[Report, ...] = ()
    findings: tuple[FindingGroup, ...] = ()
    quality_gate: QualityGate | None = None
    reviews: Reviews | None = None
    lines_of_code: int | None = None
    languages: tuple[str, ...] = ()  # the primary one first
    iac_kinds: tuple[str, ...] = ()  # kinds of infrastructure files that open findings lie in
    nothing_to_check: tuple[str, ...] = ()  # the uploader's word: no such files in the repository
