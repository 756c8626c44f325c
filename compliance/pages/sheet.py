"""A repository's evidence sheet: its score, its controls, and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from compliance.domain.assessment import Assessment, ControlAssessment, FrameworkAssessment
from compliance.domain.snapshot import is_expired
from compliance.domain.standing import KINDS, Totals, kind_of, totals_of
from compliance.domain.summary import AREA_LABELS, recommendation
from compliance.pages.words import (
    EVIDENCE_LABELS,
    KIND_LABELS,
    counts_in_words,
    points_lost,
    unmet_in_words,
)
from scans.domain.evidence import Evidence, Report


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control's result; `evidence` says what it rests on, `tools` who reported it."""

    id: str
    name: str
    category: str
    kind: str
    kind_label: str
    reason: str
    evidence: str
    tools: str
    pass_condition: str
    findings: int
    url: str


@dataclass(frozen=True, slots=True)
class FrameworkSection:
    """A framework with the controls that the filter leaves of it."""

    key: str
    name: str
    totals: Totals
    counts: dict[str, int]
    words: str
    controls: list[ControlRow]


@dataclass(frozen=True, slots=True)
class Source:
    """A tool's newest report; `expires_at` where it was carried from an earlier scan."""

    tool: str
    version: str
    category: str
    reported_at: datetime
    is_complete: bool
    areas: str
    expires_at: datetime | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A check type that loses credit here."""

    label: str
    points: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which controls are shown; "" is all of them."""

    status: str
    check_type: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filter":
        """Read `status` (a kind) and `check_type`; what is unknown is ignored."""
        status, check_type = query.get("status", ""), query.get("check_type", "")
        return cls(
            status if status in KINDS else "", check_type if check_type in AREA_LABELS else ""
        )

    def keeps(self, control: ControlAssessment) -> bool:
        return (not self.status or kind_of(control) == self.status) and (
            not self.check_type or control.check_type == self.check_type
        )

    @property
    def is_empty(self) -> bool:
        return not (self.status or self.check_type)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page shows beside the trends and the scans."""

    overall: Totals
    counts: dict[str, int]
    words: str
    sections: list[FrameworkSection]
    shown: int
    areas: list[Area]
    next_step: str
    sources: list[Source]


def sheet(
    assessment: Assessment, evidence: Evidence | None, repo_id: int, now: datetime, chosen: Filter
) -> Sheet:
    """Return the assessment as the page shows it, with the controls that `chosen` keeps."""
    builder = _Builder(evidence, repo_id, now)
    sections = [
        builder.section(key, framework, chosen) for key, framework in assessment.frameworks.items()
    ]
    overall = sum((section.totals for section in sections), Totals())
    return Sheet(
        overall=overall,
        counts=overall.kinds(),
        words=counts_in_words(overall.kinds()),
        sections=sections,
        shown=sum(len(section.controls) for section in sections),
        areas=builder.areas(assessment, overall.total),
        next_step=recommendation(
            assessment.frameworks,
            is_scanned=evidence is not None,
            names={key: framework.name for key, framework in assessment.frameworks.items()},
        ),
        sources=builder.sources(),
    )


class _Builder:
    def __init__(self, evidence: Evidence | None, repo_id: int, now: datetime) -> None:
        self.reports = evidence.reports if evidence else ()
        self.page = reverse("dashboard-repo", kwargs={"repo_id": repo_id})
        self.control_page = reverse("dashboard-control", kwargs={"repo_id": repo_id})
        self.now = now

    def section(self, key: str, framework: FrameworkAssessment, chosen: Filter) -> FrameworkSection:
        totals = totals_of(framework.controls)
        kept = [control for control in framework.controls if chosen.keeps(control)]
        return FrameworkSection(
            key=key,
            name=framework.name,
            totals=totals,
            counts=totals.kinds(),
            words=counts_in_words(totals.kinds()),
            controls=[self.control(key, control) for control in kept],
        )

    def control(self, framework_key: str, control: ControlAssessment) -> ControlRow:
        kind = kind_of(control)
        query = urlencode({"framework": framework_key, "id": control.id})
        return ControlRow(
            id=control.id,
            name=control.name,
            category=control.category,
            kind=kind,
            kind_label=KIND_LABELS[kind],
            reason=control.reason,
            evidence=EVIDENCE_LABELS[control.evidence],
            tools=", ".join(sorted({one.tool for one in self.reports_on(control.check_type)})),
            pass_condition=control.pass_condition,
            findings=control.findings,
            url=f"{self.control_page}?{query}",
        )

    def reports_on(self, check_type: str) -> list[Report]:
        return [
            report
            for report in self.reports
            if check_type in report.check_types and not is_expired(report.expires_at, self.now)
        ]

    def areas(self, assessment: Assessment, total: int) -> list[Area]:
        """What loses credit, as the summary's risk areas have it, in points of the score."""
        controls = [
            control
            for framework in assessment.frameworks.values()
            for control in framework.controls
        ]
        return [
            self.area(
                risk.check_type,
                totals_of(one for one in controls if one.check_type == risk.check_type),
                total,
            )
            for risk in assessment.summary.risk_areas
        ]

    def area(self, check_type: str, totals: Totals, total: int) -> Area:
        return Area(
            label=AREA_LABELS[check_type],
            points=points_lost(totals.lost, total),
            words=unmet_in_words(totals),
            url=f"{self.page}?check_type={check_type}#controls",
        )

    def sources(self) -> list[Source]:
        return [
            Source(
                tool=report.tool,
                version=report.version,
                category=report.category,
                reported_at=report.reported_at,
                is_complete=report.is_complete,
                areas=", ".join(
                    AREA_LABELS[name] for name in report.check_types if name in AREA_LABELS
                ),
                expires_at=report.expires_at,
                is_expired=is_expired(report.expires_at, self.now),
            )
            for report in self.reports
        ]
