"""Evidence as it stands at one moment, counted once for all controls that ask the same.

A *selector* is a way to choose findings: a check type, or a check type with a list of CWEs. Every
control with the same selector shares its tally, so the cost of a score is one pass over the
evidence's groups, whatever the number of findings and however many controls look at them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from compliance.domain.catalog import Control
from scans.domain.evidence import Evidence, FindingGroup, Report
from scans.domain.findings import LICENCE, SEVERITY_ORDER, SEVERITY_RANK, CheckType

ASSESSED = "assessed"
INCOMPLETE = "incomplete"
MISSING = "missing"

# What an uploader may declare to be absent from a repository.
DECLARABLE = frozenset({CheckType.SCA_VULNS.value, CheckType.IAC_ISSUES.value})
# The findings that a CWE list selects; all others go to the controls of their own check type.
SELECTED_BY_CWE = frozenset(
    {
        CheckType.SECRETS.value,
        CheckType.SAST_SECURITY.value,
        CheckType.SAST_CRYPTO.value,
        CheckType.SAST_AUTH.value,
        CheckType.CODE_QUALITY.value,
    }
)
HARD_CODED_CREDENTIALS = 798  # the CWE of a secret that states none

Tally = tuple[int, ...]  # open findings by severity rank, from info to critical

# Counts of larger evidence are not kept: memory must not depend on what is uploaded.
_MOST_GROUPS_KEPT = 2_000


class Selector(NamedTuple):
    check_type: str
    cwes: frozenset[int] | None = None
    takes_unclassified: bool = False

    @classmethod
    def of(cls, control: Control) -> "Selector":
        return cls(control.check_type, control.cwe_filter, control.takes_unclassified)


class Selection:
    """Which of a fixed list of selectors take a finding; each takes it at most once."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        by_type: dict[str, list[int]] = defaultdict(list)
        unclassified: dict[str, list[int]] = defaultdict(list)
        by_cwe: dict[int, list[int]] = defaultdict(list)
        for index, (check_type, cwes, takes_unclassified) in enumerate(selectors):
            if cwes is None or check_type not in SELECTED_BY_CWE:
                by_type[check_type].append(index)
            elif takes_unclassified:
                unclassified[check_type].append(index)
            for cwe in cwes or ():
                by_cwe[cwe].append(index)
        unclassified[CheckType.SECRETS] += by_cwe.get(HARD_CODED_CREDENTIALS, ())
        self.size = len(selectors)
        self._by_type = {check_type: tuple(entries) for check_type, entries in by_type.items()}
        self._by_cwe = {cwe: tuple(entries) for cwe, entries in by_cwe.items()}
        self._without_cwe = {
            check_type: frozenset((*by_type.get(check_type, ()), *unclassified.get(check_type, ())))
            for check_type in (*by_type, *unclassified)
        }

    def of(self, check_type: str, cwes: Sequence[int]) -> Iterable[int]:
        """Return the positions of the selectors that take such a finding."""
        if not cwes or check_type not in SELECTED_BY_CWE:
            return self._without_cwe.get(check_type, ())
        own = self._by_type.get(check_type, ())
        if len(cwes) == 1:
            return own + self._by_cwe.get(cwes[0], ())
        return set(own).union(*(self._by_cwe.get(cwe, ()) for cwe in cwes))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What counts at `now`: tallies and the groups behind them, in the selection's order."""

    evidence: Evidence
    now: datetime
    states: dict[str, str]  # by check type of a finding kind; MISSING where there is no entry
    declared_absent: frozenset[str]  # check types with nothing to check and nothing found
    tallies: tuple[Tally, ...]
    groups: tuple[tuple[int, ...], ...]  # positions in evidence.findings
    issues: int  # flaws of low severity or worse, licences left out

    def state(self, check_type: str) -> str:
        return self.states.get(check_type, MISSING)

    def reports_on(self, check_type: str) -> list[Report]:
        """Return the reports that count and could have seen the check type."""
        return [
            report
            for report in self.evidence.reports
            if check_type in report.check_types and not is_expired(report.expires_at, self.now)
        ]


def take_snapshot(selection: Selection, evidence: Evidence | None, now: datetime) -> Snapshot:
    """Count the evidence that has not expired at `now`; None is a branch never scanned."""
    evidence = evidence or Evidence(scanned_at=now)
    expired = frozenset(
        index for index, report in enumerate(evidence.reports) if is_expired(report.expires_at, now)
    )
    keep = len(evidence.findings) <= _MOST_GROUPS_KEPT
    counts = (_kept_counts if keep else _count)(selection, evidence.findings, expired)
    states = _states(evidence, expired)
    absent = DECLARABLE.intersection(evidence.nothing_to_check) - states.keys() - counts.found
    states.update(dict.fromkeys(absent, ASSESSED))
    return Snapshot(evidence, now, states, absent, counts.tallies, counts.groups, counts.issues)


class _Counts(NamedTuple):
    tallies: tuple[Tally, ...]
    groups: tuple[tuple[int, ...], ...]
    found: frozenset[str]
    issues: int


def _count(
    selection: Selection, findings: tuple[FindingGroup, ...], expired: frozenset[int]
) -> _Counts:
    """Count the groups once for all selectors; the same evidence is asked for again and again."""
    tallies = [[0] * len(SEVERITY_ORDER) for _ in range(selection.size)]
    groups: list[list[int]] = [[] for _ in range(selection.size)]
    found: set[str] = set()
    issues = 0
    for index, group in enumerate(findings):
        rank = SEVERITY_RANK[group.severity]
        check_type = group.check_type
        if rank == 0 or check_type == LICENCE or group.report in expired:
            continue
        found.add(check_type)
        issues += group.count
        for position in selection.of(check_type, group.cwes):
            tallies[position][rank] += group.count
            groups[position].append(index)
    return _Counts(tuple(map(tuple, tallies)), tuple(map(tuple, groups)), frozenset(found), issues)


_kept_counts = lru_cache(maxsize=512)(_count)


def is_expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def _states(evidence: Evidence, expired: frozenset[int]) -> dict[str, str]:
    """A check type is assessed by one complete report, incomplete with only partial ones."""
    states: dict[str, str] = {}
    for index, report in enumerate(evidence.reports):
        if index in expired:
            continue
        for check_type in report.check_types:
            if report.is_complete and check_type not in report.open_check_types:
                states[check_type] = ASSESSED
            else:
                states.setdefault(check_type, INCOMPLETE)
    return states
