"""Where repositories stand: assessments reduced to sums that can be added up.

An organization's score is the mean credit over the applicable controls of all its repositories,
rounded down: every control of every repository weighs the same, as in one repository's score. A
repository without a scan has earned nothing and counts as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from compliance.domain.assessment import FULL_CREDIT, Assessment, ControlAssessment
from compliance.domain.snapshot import ASSESSED, MISSING
from compliance.domain.summary import posture

# What a control came to, in one word: a failure for lack of evidence is one of its own.
KINDS = ("pass", "partial", "fail", "missing")


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over controls. `failing` by what was found, `missing` for lack of evidence."""

    credit: int = 0
    passing: int = 0
    partial: int = 0
    failing: int = 0
    missing: int = 0
    assessed: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.credit + other.credit,
            self.passing + other.passing,
            self.partial + other.partial,
            self.failing + other.failing,
            self.missing + other.missing,
            self.assessed + other.assessed,
        )

    @property
    def total(self) -> int:
        return self.passing + self.partial + self.failing + self.missing

    @property
    def score(self) -> int:
        """The mean credit, rounded down; 0 without any control."""
        return self.credit // self.total if self.total else 0

    @property
    def coverage(self) -> int:
        """The percentage of controls that complete evidence answers, rounded down."""
        return 100 * self.assessed // self.total if self.total else 0

    @property
    def lost(self) -> int:
        """The credit that was not earned."""
        return FULL_CREDIT * self.total - self.credit

    def kinds(self) -> dict[str, int]:
        counts = (self.passing, self.partial, self.failing, self.missing)
        return dict(zip(KINDS, counts, strict=True))


@dataclass(frozen=True, slots=True)
class Standing:
    """Totals over all controls, by framework key and by check type.

    `open_findings` as an assessment's `total_issues`.
    """

    overall: Totals = Totals()
    frameworks: dict[str, Totals] = field(default_factory=dict)
    check_types: dict[str, Totals] = field(default_factory=dict)
    open_findings: int = 0
    is_scanned: bool = False

    @property
    def posture(self) -> str:
        """As of one repository: at most Good while a control fails."""
        failing = self.overall.failing + self.overall.missing
        is_assessed = self.is_scanned and self.overall.total > 0
        return posture(self.overall.score, failing=failing, is_assessed=is_assessed)


def kind_of(control: ControlAssessment) -> str:
    """Return one of KINDS."""
    return MISSING if control.evidence == MISSING else control.status


def totals_of(controls: Iterable[ControlAssessment]) -> Totals:
    counts = dict.fromkeys(KINDS, 0)
    credit = assessed = 0
    for control in controls:
        counts[kind_of(control)] += 1
        credit += control.credit
        assessed += control.evidence == ASSESSED
    return Totals(
        credit=credit,
        passing=counts["pass"],
        partial=counts["partial"],
        failing=counts["fail"],
        missing=counts["missing"],
        assessed=assessed,
    )


def standing_of(assessment: Assessment, *, is_scanned: bool) -> Standing:
    by_type: dict[str, list[ControlAssessment]] = {}
    for framework in assessment.frameworks.values():
        for control in framework.controls:
            by_type.setdefault(control.check_type, []).append(control)
    frameworks = {
        key: totals_of(framework.controls) for key, framework in assessment.frameworks.items()
    }
    return Standing(
        overall=sum(frameworks.values(), Totals()),
        frameworks=frameworks,
        check_types={name: totals_of(controls) for name, controls in by_type.items()},
        open_findings=assessment.total_issues,
        is_scanned=is_scanned,
    )


def combined(standings: Iterable[Standing]) -> Standing:
    """Return the standing of all of them together; it is scanned if one of them is."""
    overall, findings, is_scanned = Totals(), 0, False
    frameworks: dict[str, Totals] = {}
    check_types: dict[str, Totals] = {}
    for one in standings:
        overall += one.overall
        findings += one.open_findings
        is_scanned = is_scanned or one.is_scanned
        _add(frameworks, one.frameworks)
        _add(check_types, one.check_types)
    return Standing(overall, frameworks, check_types, findings, is_scanned)


def _add(sums: dict[str, Totals], more: dict[str, Totals]) -> None:
    for key, totals in more.items():
        sums[key] = sums.get(key, Totals()) + totals
