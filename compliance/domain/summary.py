"""The summary over all controls: posture, where credit is lost, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compliance.domain.assessment import (
    FULL_CREDIT,
    NOT_ASSESSED,
    ControlAssessment,
    FrameworkAssessment,
    RiskArea,
)
from compliance.domain.measures import MeasureSet, flaws
from compliance.domain.scorecard import Scorecard
from compliance.domain.snapshot import Snapshot
from scans.domain.findings import SEVERITY_ORDER, SEVERITY_RANK, CheckType

MAX_RISK_AREAS = 5

_POSTURES = ((90, "Strong"), (75, "Good"), (60, "Moderate"), (40, "Weak"), (0, "Critical"))
AREA_LABELS: dict[str, str] = {
    CheckType.SECRETS: "Secrets management",
    CheckType.SAST_SECURITY: "Application security",
    CheckType.SAST_CRYPTO: "Cryptography",
    CheckType.SAST_AUTH: "Authentication and access control",
    CheckType.SCAN_RECENCY: "Scan freshness",
    CheckType.QUALITY_GATES: "Quality gates",
    CheckType.PR_REVIEWS: "Code review",
    CheckType.SCA_VULNS: "Dependency vulnerabilities",
    CheckType.CODE_QUALITY: "Code quality",
    CheckType.IAC_ISSUES: "Infrastructure configuration",
}


def posture(score: int, *, failing: int, is_assessed: bool) -> str:
    """Return the band of a score; while any control fails it is at most Good."""
    if not is_assessed:
        return NOT_ASSESSED
    band = next(name for lowest, name in _POSTURES if score >= lowest)
    return "Good" if failing and band == "Strong" else band


def recommendation(
    frameworks: Mapping[str, FrameworkAssessment],
    *,
    is_scanned: bool,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return the one next step: the first of five sentences that applies.

    It calls a framework by its key, as the API's reference does, or by its name in `names`.
    """
    names = names or {}
    if not any(framework.total for framework in frameworks.values()):
        return "Enable at least one framework"
    if not is_scanned:
        return "Run a first scan to collect evidence"
    if any(framework.failing for framework in frameworks.values()):
        worst = min(frameworks, key=lambda key: _most_failing(key, frameworks[key]))
        return f"Address failing controls in {names.get(worst, worst)}"
    if any(framework.partial for framework in frameworks.values()):
        worst = min(frameworks, key=lambda key: (-_lost(frameworks[key]), key))
        return f"Complete partially met controls in {names.get(worst, worst)}"
    return "Keep controls and scan cadence as they are"


def risk_areas(
    card: Scorecard, frameworks: Mapping[str, FrameworkAssessment], snapshot: Snapshot
) -> tuple[RiskArea, ...]:
    """Return the check types that lose credit, most first; no flaw is counted twice in one."""
    losses: dict[str, _Loss] = {}
    for scored in card.frameworks:
        controls = frameworks[scored.key].controls
        for control, position in zip(controls, scored.positions, strict=True):
            if control.credit < FULL_CREDIT:
                loss = losses.setdefault(control.check_type, _Loss(control.check_type))
                loss.add(scored.key, control, position)
    ordered = sorted(losses.values(), key=lambda loss: (-loss.lost, -loss.failing, loss.area))
    return tuple(loss.as_risk_area(card.measured, snapshot) for loss in ordered[:MAX_RISK_AREAS])


@dataclass(slots=True)
class _Loss:
    """What the controls of one check type lose."""

    check_type: str
    lost: int = 0
    failing: int = 0
    controls: list[str] = field(default_factory=list)
    positions: set[int] = field(default_factory=set)

    @property
    def area(self) -> str:
        return AREA_LABELS[self.check_type]

    def add(self, framework_key: str, control: ControlAssessment, position: int) -> None:
        self.lost += FULL_CREDIT - control.credit
        self.failing += control.credit == 0
        self.controls.append(f"{framework_key}:{control.id}")
        self.positions.add(position)

    def as_risk_area(self, measured: MeasureSet, snapshot: Snapshot) -> RiskArea:
        touching = [flaws(measured.measures[index], snapshot) for index in self.positions]
        groups = [snapshot.evidence.findings[index] for index in set().union(*touching)]
        ranks = [SEVERITY_RANK[group.severity] for group in groups]
        return RiskArea(
            area=self.area,
            check_type=self.check_type,
            failing=self.failing,
            partial=len(self.controls) - self.failing,
            findings=sum(group.count for group in groups),
            worst_severity=str(SEVERITY_ORDER[max(ranks)]) if ranks else None,
            controls=tuple(self.controls),
        )


def _most_failing(key: str, framework: FrameworkAssessment) -> tuple[int, int, str]:
    return (-framework.failing, framework.score, key)


def _lost(framework: FrameworkAssessment) -> int:
    return sum(FULL_CREDIT - control.credit for control in framework.controls)
