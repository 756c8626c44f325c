"""The vocabulary of findings, and what a report is turned into before it is stored."""

from dataclasses import dataclass, field
from enum import StrEnum


class CheckType(StrEnum):
    """What a control can check; the ten values are part of the published API."""

    SECRETS = "secrets"
    SAST_SECURITY = "sast_security"
    SAST_CRYPTO = "sast_crypto"
    SAST_AUTH = "sast_auth"
    SCAN_RECENCY = "scan_recency"
    QUALITY_GATES = "quality_gates"
    PR_REVIEWS = "pr_reviews"
    SCA_VULNS = "sca_vulns"
    CODE_QUALITY = "code_quality"
    IAC_ISSUES = "iac_issues"


# Licence findings are stored and listed, but no control looks at them.
LICENCE = "licence"


class Severity(StrEnum):
    """From harmless to worst; `info` never counts in a score."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


SEVERITY_ORDER: tuple[str, ...] = tuple(Severity)
SEVERITY_RANK: dict[str, int] = {name: rank for rank, name in enumerate(SEVERITY_ORDER)}


# What is stored of names; the columns are as wide.
TOOL_CHARS = 100
VERSION_CHARS = 100
CATEGORY_CHARS = 200
RULE_ID_CHARS = 200
FINGERPRINT_BYTES = 16

# One finding, as plain columns in this order, so that a report of 100,000 results builds no
# object per row beside it: (fingerprint, check_type, severity, rule_id, path, line, message,
# cwes, is_suppressed).
#   fingerprint: 16 bytes, equal for the same flaw whoever reports it, unique within a run
#   check_type: a CheckType of a finding kind, or LICENCE
#   line: 1-based, or None
#   cwes: ascending numbers
FindingRow = tuple[bytes, str, str, str, str, int | None, str, tuple[int, ...], bool]


@dataclass(frozen=True)
class Rest:
    """What a report that was read by its differences leaves as the one before made it."""

    read_again: frozenset[bytes]  # fingerprints of the report before that its rows replace
    rows: int  # the others, counted
    suppressed: int  # of those


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What is known of all runs of one tool and category in one upload, beside their rows.

    `results` equals active rows + `duplicates` + suppressed rows + all of `ignored`, where
    duplicates counts repeated active and suppressed results alike.
    """

    tool: str
    version: str
    category: str
    is_complete: bool
    check_types: frozenset[str]  # what a clean result would be evidence for
    open_check_types: frozenset[str]  # of those, the ones a result of kind "open" left undecided
    results: int
    duplicates: int
    ignored: dict[str, int] = field(default_factory=dict)
    iac_kinds: frozenset[str] = frozenset()  # dockerfile, terraform ... among the active rows
    rest: Rest | None = None  # beside the rows, where not all of the report was read
    memo: bytes = b""  # scans.domain.memo.Memo, packed; empty where the next report is read whole


@dataclass(frozen=True, kw_only=True)
class ParsedRun(RunFacts):
    """A run that was read, normalised and counted."""

    rows: list[FindingRow]


@dataclass(frozen=True)
class ReportLimits:
    """The most that one report may hold; over it the report is refused as a whole."""

    sent_bytes: int = 25_000_000
    unpacked_bytes: int = 250_000_000
    results: int = 250_000
    runs: int = 100
    rules: int = 100_000
    values: int = 4_000_000
    depth: int = 100
    message_chars: int = 2_000
    path_chars: int = 1_000
