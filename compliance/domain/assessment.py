"""The shape of an assessment: what one evaluation says, ready to be put into JSON."""

from collections.abc import Sequence

import msgspec

NOT_ASSESSED = "Not Assessed"
FULL_CREDIT = 100


class ControlAssessment(msgspec.Struct, frozen=True):
    """One control's result: status pass, partial or fail, credit 0 to 100."""

    id: str
    name: str
    category: str
    check_type: str
    pass_condition: str
    status: str
    credit: int
    evidence: str  # assessed | incomplete | missing
    reason: str
    findings: int  # open flaws that the pass condition looks at


class FrameworkAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """One framework's result over its applicable controls. `coverage` in percent, rounded down."""

    name: str
    score: int
    passing: int
    partial: int
    failing: int
    total: int
    coverage: int
    controls: tuple[ControlAssessment, ...]


class RiskArea(msgspec.Struct, frozen=True, kw_only=True):
    """A check type that loses credit; `controls` as "<framework key>:<control id>"."""

    area: str
    check_type: str
    failing: int
    partial: int
    findings: int  # each flaw once, however many of the controls it touches
    worst_severity: str | None
    controls: tuple[str, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The result over all applicable controls of all frameworks that were assessed."""

    overall_score: int
    total_controls: int
    passing: int
    partial: int
    failing: int
    posture: str
    risk_areas: tuple[RiskArea, ...]
    recommendation: str
    coverage: int


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What an organization's policy makes of one branch's evidence at one moment."""

    frameworks: dict[str, FrameworkAssessment]
    summary: Summary
    total_issues: int


class Counts(msgspec.Struct, frozen=True):
    """A score and the statuses behind it."""

    score: int
    passing: int
    partial: int
    failing: int
    total: int


def count(earned: Sequence[int]) -> Counts:
    """Return the mean credit, rounded down, and the number of each status.

    Rounding down means that 100 is reached only when every control passes, and that no score
    rounds up past a threshold. No control at all scores 0.
    """
    total = len(earned)
    passing = earned.count(FULL_CREDIT)
    failing = earned.count(0)
    score = sum(earned) // total if total else 0
    return Counts(score, passing, total - passing - failing, failing, total)


def status_of(credit: int) -> str:
    if credit == FULL_CREDIT:
        return "pass"
    return "partial" if credit else "fail"
