"""Scoring: the one pure function from evidence and policy to an assessment.

Every control weighs the same. A framework's score is the mean of its applicable controls' credits,
the overall score the mean over the controls of all enabled frameworks, both rounded down. More or
worse findings never raise a score, and evidence that is missing is not a pass.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from compliance.domain.assessment import (
    Assessment,
    ControlAssessment,
    Counts,
    FrameworkAssessment,
    RiskArea,
    Summary,
    count,
    status_of,
)
from compliance.domain.catalog import Control
from compliance.domain.measures import Measure, Reading, read
from compliance.domain.policy import Policy
from compliance.domain.reasons import reason
from compliance.domain.scorecard import Scorecard, ScoredFramework, scorecard
from compliance.domain.snapshot import ASSESSED, Snapshot, take_snapshot
from compliance.domain.summary import posture, recommendation, risk_areas
from scans.domain.evidence import Evidence

# Raised whenever the same evidence and policy would score differently.
FORMULA_VERSION = "1"


def evaluate(
    evidence: Evidence | None, policy: Policy, now: datetime, only: str | None = None
) -> Assessment:
    """Assess every applicable control of the enabled frameworks, or of `only` one.

    `evidence` None is a branch that was never scanned. Raises DomainError if `only` names a
    framework that does not exist or is not enabled.
    """
    card = scorecard(policy, only)
    snapshot = take_snapshot(card.measured.selection, evidence, now)
    answers = [_answer(measure, snapshot) for measure in card.measured.measures]
    frameworks = {scored.key: _assess(scored, answers) for scored in card.frameworks}
    return Assessment(
        frameworks=frameworks,
        summary=_summarise(
            frameworks, risk_areas(card, frameworks, snapshot), evidence is not None
        ),
        total_issues=snapshot.issues,
    )


def trend_point(evidence: Evidence, policy: Policy, only: str | None = None) -> Counts:
    """Return a scan's score as of that scan, without texts; raises as `evaluate`."""
    card = scorecard(policy, only)
    earned = _earned_as_of_scan(card, evidence)
    return count([earned[position] for position in card.measured.positions])


class TrendCounts(NamedTuple):
    """A scan's counts over all controls, and by framework key."""

    overall: Counts
    frameworks: dict[str, Counts]


def trend_counts(evidence: Evidence, policy: Policy) -> TrendCounts:
    """Return what `trend_point` returns without a framework and for each, from one reading."""
    card = scorecard(policy)
    earned = _earned_as_of_scan(card, evidence)
    return TrendCounts(
        count([earned[position] for position in card.measured.positions]),
        {
            scored.key: count([earned[position] for position in scored.positions])
            for scored in card.frameworks
        },
    )


def _earned_as_of_scan(card: Scorecard, evidence: Evidence) -> list[int]:
    """The credit of each measure of the scorecard."""
    evidence = as_of_scan(evidence)
    snapshot = take_snapshot(card.measured.selection, evidence, evidence.scanned_at)
    return [read(measure, snapshot).credit for measure in card.measured.measures]


def as_of_scan(evidence: Evidence) -> Evidence:
    """Return the evidence as it is evaluated at its own scan, with `now` its `scanned_at`.

    There the newest success is the scan itself, of age 0. A trend shall show the gaps between
    scans, so recency is measured from the success before it; the first one keeps age 0.
    """
    success = evidence.last_success_at
    if success is None or success < evidence.scanned_at:
        return evidence
    before = evidence.previous_success_at or evidence.scanned_at
    return msgspec.structs.replace(evidence, last_success_at=before)


class _Answer(NamedTuple):
    reading: Reading
    status: str
    reason: str


def _answer(measure: Measure, snapshot: Snapshot) -> _Answer:
    reading = read(measure, snapshot)
    return _Answer(reading, status_of(reading.credit), reason(measure, reading, snapshot))


def _assess(scored: ScoredFramework, answers: list[_Answer]) -> FrameworkAssessment:
    controls = tuple(
        _assess_control(control, answers[position])
        for control, position in zip(scored.controls, scored.positions, strict=True)
    )
    counts = count([control.credit for control in controls])
    return FrameworkAssessment(
        name=scored.name,
        score=counts.score,
        passing=counts.passing,
        partial=counts.partial,
        failing=counts.failing,
        total=counts.total,
        coverage=_coverage(controls),
        controls=controls,
    )


def _assess_control(control: Control, answer: _Answer) -> ControlAssessment:
    reading = answer.reading
    return ControlAssessment(
        control.id,
        control.name,
        control.category,
        control.check_type,
        control.pass_condition,
        answer.status,
        reading.credit,
        reading.evidence,
        answer.reason,
        reading.findings,
    )


def _summarise(
    frameworks: Mapping[str, FrameworkAssessment], areas: tuple[RiskArea, ...], is_scanned: bool
) -> Summary:
    controls = [control for framework in frameworks.values() for control in framework.controls]
    counts = count([control.credit for control in controls])
    return Summary(
        overall_score=counts.score,
        total_controls=counts.total,
        passing=counts.passing,
        partial=counts.partial,
        failing=counts.failing,
        posture=posture(
            counts.score, failing=counts.failing, is_assessed=is_scanned and counts.total > 0
        ),
        risk_areas=areas,
        recommendation=recommendation(frameworks, is_scanned=is_scanned),
        coverage=_coverage(controls),
    )


def _coverage(controls: Sequence[ControlAssessment]) -> int:
    """Return the percentage of controls that complete evidence answers, rounded down."""
    assessed = sum(control.evidence == ASSESSED for control in controls)
    return 100 * assessed // len(controls) if controls else 0
