"""Credit: what one pass condition earns from the evidence, in whole points from 0 to 100."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from compliance.domain.assessment import FULL_CREDIT
from compliance.domain.catalog import Control
from compliance.domain.conditions import (
    Condition,
    FindingLimit,
    GatePassRate,
    LevelCondition,
    QualityScore,
    ReviewCoverage,
    ScanAge,
    parse_condition,
)
from compliance.domain.snapshot import (
    ASSESSED,
    INCOMPLETE,
    MISSING,
    Selection,
    Selector,
    Snapshot,
    Tally,
    is_expired,
)
from scans.domain.evidence import Evidence, QualityGate
from scans.domain.findings import SEVERITY_ORDER, SEVERITY_RANK

INCOMPLETE_CREDIT = 50  # the most that runs which did not finish can earn
_SECONDS_PER_DAY = 86_400
_LOW = 1

# By severity rank, from info to critical.
_FINDING_POINTS = (0, 3, 10, 25, 100)
_QUALITY_POINTS = (0, 1, 3, 10, 20)
_GATE_CREDIT = {"passed": 100, "warning": 50}


@dataclass(frozen=True, slots=True)
class Measure:
    """A question to the evidence; controls that ask the same share it."""

    check_type: str
    condition: Condition
    selector: int  # position in the selection


class Reading(msgspec.Struct, frozen=True, gc=False):
    """The answer to a measure.

    `earned` is the credit before missing or incomplete evidence lowered it. `findings` counts
    the open flaws that the condition looks at, `worst` is the highest severity among them.
    `value` is the level that was measured: percent, score, age in seconds, or the gate's result.
    """

    credit: int
    earned: int
    evidence: str
    findings: int = 0
    worst: str | None = None
    value: int | str | None = None


@dataclass(frozen=True, slots=True)
class MeasureSet:
    """The distinct measures of some controls; `positions[i]` is the measure of the i-th one."""

    selection: Selection
    measures: tuple[Measure, ...]
    positions: tuple[int, ...]


@lru_cache(maxsize=32)
def measures_of(controls: tuple[Control, ...]) -> MeasureSet:
    """Reduce controls to what has to be measured; raises DomainError for a bad condition."""
    selectors: dict[Selector, int] = {}
    measures: dict[Measure, int] = {}
    positions = []
    for control in controls:
        selector = selectors.setdefault(Selector.of(control), len(selectors))
        condition = parse_condition(control.pass_condition, control.check_type)
        measure = Measure(control.check_type, condition, selector)
        positions.append(measures.setdefault(measure, len(measures)))
    return MeasureSet(Selection(tuple(selectors)), tuple(measures), tuple(positions))


def read(measure: Measure, snapshot: Snapshot) -> Reading:
    """Measure one condition; evidence that is missing earns nothing, whatever was found."""
    condition = measure.condition
    if isinstance(condition, FindingLimit):
        tally = snapshot.tallies[measure.selector]
        earned = _limit_credit(condition, tally)
        state = snapshot.state(measure.check_type)
        return _finding_reading(state, earned, tally, _threshold(condition))
    if isinstance(condition, QualityScore):
        tally = snapshot.tallies[measure.selector]
        score = quality_score(tally, snapshot.evidence.lines_of_code)
        earned = level_credit(score, condition.target)
        state = snapshot.state(measure.check_type)
        return _finding_reading(state, earned, tally, _LOW, score)
    return _level_reading(condition, snapshot.evidence, snapshot.now)


def flaws(measure: Measure, snapshot: Snapshot) -> set[int]:
    """Return the positions in evidence.findings of the groups that the condition looks at."""
    findings = snapshot.evidence.findings
    limit = _threshold(measure.condition)
    return {
        index
        for index in snapshot.groups[measure.selector]
        if SEVERITY_RANK[findings[index].severity] >= limit
    }


def threshold_of(control: Control) -> int:
    """Return the rank of the lowest severity that the control's pass condition looks at."""
    return _threshold(parse_condition(control.pass_condition, control.check_type))


def level_credit(value: int, target: int) -> int:
    """Full at the target, nothing at half of it, linear between and rounded down."""
    if value >= target:
        return FULL_CREDIT
    if 2 * value <= target:
        return 0
    return FULL_CREDIT * (2 * value - target) // target


def recency_credit(age: int, days: int) -> int:
    """Full up to `days`, nothing from twice as long, linear between; `age` in seconds."""
    limit = days * _SECONDS_PER_DAY
    if age <= limit:
        return FULL_CREDIT
    if age >= 2 * limit:
        return 0
    # The last seconds would round down to nothing, and that is only reached at twice the limit.
    return max(1, FULL_CREDIT * (2 * limit - age) // limit)


def quality_score(tally: Tally, lines_of_code: int | None) -> int:
    """Return 100 less the issues' points per thousand lines, at least 0.

    Code of less than a thousand lines, or of unknown size, counts as a thousand.
    """
    points = sum(count * cost for count, cost in zip(tally, _QUALITY_POINTS, strict=True))
    lines = max(1_000, lines_of_code or 0)
    return max(0, FULL_CREDIT - -(-points * 1_000 // lines))  # the deduction rounds up


def _threshold(condition: Condition) -> int:
    return SEVERITY_RANK[condition.threshold] if isinstance(condition, FindingLimit) else _LOW


def _limit_credit(condition: FindingLimit, tally: Tally) -> int:
    threshold = _threshold(condition)
    lost = _FINDING_POINTS[threshold] * max(0, tally[threshold] - condition.allowed)
    for rank in range(threshold + 1, len(tally)):
        lost += _FINDING_POINTS[rank] * tally[rank]
    return max(0, FULL_CREDIT - lost)


def _finding_reading(
    state: str, earned: int, tally: Tally, threshold: int, value: int | None = None
) -> Reading:
    findings = sum(tally[threshold:])
    worst = worst_severity(tally) if findings else None
    credit = earned
    if state == MISSING:
        credit = 0
    elif state == INCOMPLETE:
        credit = min(earned, INCOMPLETE_CREDIT)
    return Reading(credit, earned, state, findings, worst, value)


def worst_severity(tally: Tally) -> str:
    """Return the highest severity of a tally that is not empty."""
    return str(SEVERITY_ORDER[max(rank for rank, count in enumerate(tally) if count)])


def _level_reading(condition: LevelCondition, evidence: Evidence, now: datetime) -> Reading:
    if isinstance(condition, ScanAge):
        return _recency(condition, evidence, now)
    if isinstance(condition, ReviewCoverage):
        return _coverage(condition, evidence, now)
    gate = evidence.quality_gate
    if gate is None or is_expired(gate.expires_at, now):
        return _NOTHING
    if isinstance(condition, GatePassRate):
        return _pass_rate(condition, gate)
    credit = _GATE_CREDIT.get(gate.result, 0)
    return Reading(credit, credit, ASSESSED, value=gate.result)


def _recency(condition: ScanAge, evidence: Evidence, now: datetime) -> Reading:
    if evidence.last_success_at is None:
        return _NOTHING
    age = (now - evidence.last_success_at) // timedelta(seconds=1)
    credit = recency_credit(age, condition.target)
    return Reading(credit, credit, ASSESSED, value=age)


def _coverage(condition: ReviewCoverage, evidence: Evidence, now: datetime) -> Reading:
    reviews = evidence.reviews
    if reviews is None or reviews.merged <= 0 or is_expired(reviews.expires_at, now):
        return _NOTHING
    return _share(reviews.reviewed, reviews.merged, condition.target)


def _pass_rate(condition: GatePassRate, gate: QualityGate) -> Reading:
    if gate.evaluated <= 0:
        return _NOTHING
    return _share(gate.passed, gate.evaluated, condition.target)


def _share(part: int, whole: int, target: int) -> Reading:
    percent = min(100, 100 * part // whole)
    credit = level_credit(percent, target)
    return Reading(credit, credit, ASSESSED, value=percent)


_NOTHING = Reading(0, 0, MISSING)
