"""How much a control matters to a repository: the catalog's baseline, lifted by the evidence.

The highest result of the rules wins and nothing is ever lowered. On a tie the earlier rule gives
the reason: open findings (R1), a missed target (R1b), findings in infrastructure files (R2), such
files without findings (R2b), a language whose weaknesses the control is about (R3).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import msgspec

from compliance.domain.assessment import FULL_CREDIT
from compliance.domain.catalog import DATA_DIR, Control
from compliance.domain.conditions import (
    FindingLimit,
    GatePassRate,
    LevelCondition,
    QualityScore,
    ReviewCoverage,
    ScanAge,
)
from compliance.domain.measures import Measure, Reading, measures_of, read, worst_severity
from compliance.domain.reasons import FINDING_LABELS, readable_age
from compliance.domain.snapshot import MISSING, Snapshot, take_snapshot
from scans.domain.evidence import Evidence
from scans.domain.findings import CheckType

LEVELS = ("optional", "recommended", "required")
_REQUIRED = len(LEVELS) - 1

# The kinds of evidence.iac_kinds, and the languages that are infrastructure code, by their names.
_KIND_NAMES = {
    "dockerfile": "Dockerfile",
    "terraform": "Terraform",
    "cloudformation": "CloudFormation",
    "kubernetes": "Kubernetes",
    "other": "other infrastructure",
}
_INFRASTRUCTURE_LANGUAGES = {
    "dockerfile": "Dockerfile",
    "hcl": "Terraform",
    "bicep": "Bicep",
    "cloudformation": "CloudFormation",
}


class Recommendation(NamedTuple):
    """`level` is required, recommended or optional; `reason` is one sentence."""

    level: str
    reason: str


class _Case(NamedTuple):
    """One control before the evidence."""

    control: Control
    measure: Measure
    snapshot: Snapshot

    @property
    def baseline(self) -> int:
        return LEVELS.index(self.control.baseline)

    @property
    def one_up(self) -> int:
        return min(self.baseline + 1, _REQUIRED)


# A rule's answer: the level it asks for, and its reason; None where it does not apply.
_Answer = tuple[int, str] | None


class _Languages(msgspec.Struct, forbid_unknown_fields=True):
    note: str
    languages: dict[str, dict[CheckType, str]]


def recommend(
    controls: Sequence[Control], evidence: Evidence | None, now: datetime
) -> list[Recommendation]:
    """Return a recommendation per control, in order; the baselines where nothing was scanned."""
    if evidence is None:
        return [Recommendation(control.baseline, control.baseline_reason) for control in controls]
    measured = measures_of(tuple(controls))
    snapshot = take_snapshot(measured.selection, evidence, now)
    return [
        _recommend(_Case(control, measured.measures[position], snapshot))
        for control, position in zip(controls, measured.positions, strict=True)
    ]


@cache
def language_reasons() -> Mapping[str, Mapping[str, str]]:
    """Return per language (lower case) and check type why the control matters more."""
    data = msgspec.json.decode((DATA_DIR / "languages.json").read_bytes(), type=_Languages)
    return {
        name.lower(): {check_type.value: why for check_type, why in reasons.items()}
        for name, reasons in data.languages.items()
    }


def _recommend(case: _Case) -> Recommendation:
    found = _open_findings(case)
    if found is not None:  # says more than the baseline, even where that is required already
        return Recommendation(LEVELS[_REQUIRED], found)
    best = (case.baseline, case.control.baseline_reason)
    for rule in _RULES:
        answer = rule(case)
        if answer is not None and answer[0] > best[0]:
            best = answer
    return Recommendation(LEVELS[best[0]], best[1])


def _open_findings(case: _Case) -> str | None:
    tally = case.snapshot.tallies[case.measure.selector]
    if not any(tally):
        return None
    label = FINDING_LABELS[case.control.check_type]
    return (
        f"{sum(tally)} open {label} finding(s) in the latest scan, "
        f"worst severity {worst_severity(tally)}."
    )


def _missed_target(case: _Case) -> _Answer:
    condition = case.measure.condition
    if isinstance(condition, FindingLimit | QualityScore):
        return None  # only findings lower these, and R1 has spoken for them
    reading = read(case.measure, case.snapshot)
    if reading.evidence == MISSING or reading.credit == FULL_CREDIT:
        return None
    return _REQUIRED, _missed_reason(condition, reading)


def _missed_reason(condition: LevelCondition, reading: Reading) -> str:
    if isinstance(condition, ScanAge):
        age = readable_age(int(reading.value or 0))
        return f"Last scan is {age} old, past the {condition.target}-day limit."
    if isinstance(condition, ReviewCoverage):
        return f"Only {reading.value}% of recent changes were reviewed."
    if isinstance(condition, GatePassRate):
        return f"Only {reading.value}% of recent quality gates passed."
    return "Latest quality gate did not pass."


def _infrastructure_findings(case: _Case) -> _Answer:
    kinds = case.snapshot.evidence.iac_kinds
    if case.control.check_type != CheckType.IAC_ISSUES or not kinds:
        return None
    names = _joined(_KIND_NAMES.get(kind, kind) for kind in kinds)
    return _REQUIRED, f"The latest scan found issues in {names} files."


def _infrastructure_files(case: _Case) -> _Answer:
    languages = [name.lower() for name in case.snapshot.evidence.languages]
    kinds = [name for key, name in _INFRASTRUCTURE_LANGUAGES.items() if key in languages]
    if case.control.check_type != CheckType.IAC_ISSUES or not kinds:
        return None
    return case.one_up, f"The repository contains {_joined(kinds)} files."


def _language_match(case: _Case) -> _Answer:
    # Shares of code are not known, so every language of the repository counts.
    for language in case.snapshot.evidence.languages:
        why = language_reasons().get(language.lower(), {}).get(case.control.check_type)
        if why is not None:
            return case.one_up, f"{language} code: {why}"
    return None


def _joined(names: Iterable[str]) -> str:
    *others, last = sorted(set(names))
    return f"{', '.join(others)} and {last}" if others else last


_RULES: tuple[Callable[[_Case], _Answer], ...] = (
    _missed_target,
    _infrastructure_findings,
    _infrastructure_files,
    _language_match,
)
