"""/dashboard/compliance/repos/{repo_id}: a repository's evidence sheet, and one of its controls."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from compliance.control_findings import OpenFinding, findings_of
from compliance.domain.assessment import ControlAssessment
from compliance.domain.catalog import CATALOG_VERSION, Control, Framework
from compliance.domain.scoring import FORMULA_VERSION, evaluate
from compliance.domain.standing import KINDS, kind_of
from compliance.domain.summary import AREA_LABELS
from compliance.overview import to_the_minute
from compliance.pages.numbers import page_number
from compliance.pages.sheet import Filter, sheet
from compliance.pages.trends import DEFAULT_WINDOW, WINDOWS, trends
from compliance.pages.words import EVIDENCE_LABELS, KIND_LABELS, POSTURE_KINDS, SEVERITY_KINDS
from compliance.queries import LatestScan, framework_of, latest_scan, repository_of
from orgs.pages.scoping import OrganizationPage
from scans.models import Repository
from scans.queries import recent_scans

MOST_SCANS = 10
FINDINGS_PER_PAGE = 100


class RepositoryScopedPage(OrganizationPage):
    """A page below repos/{repo_id}; another organization's repository is not found."""

    def setup(self, *args: Any, **kwargs: Any) -> None:
        super().setup(*args, **kwargs)
        self.now = to_the_minute(timezone.now())

    @cached_property
    def repository(self) -> Repository:
        return repository_of(self.organization, self.kwargs["repo_id"])

    @cached_property
    def latest(self) -> LatestScan:
        return latest_scan(self.organization, self.kwargs["repo_id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            repository=self.repository,
            latest=self.latest,
            evaluated_at=self.now,
            formula_version=FORMULA_VERSION,
            catalog_version=CATALOG_VERSION,
            **kwargs,
        )


@dataclass(frozen=True)
class Window:
    """A choice of how far back the charts go."""

    label: str
    url: str
    is_current: bool


class RepositoryPage(RepositoryScopedPage):
    template_name = "dashboard/repository.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        latest, chosen = self.latest, Filter.read(self.request.GET)
        assessment = evaluate(latest.evidence, latest.policy, self.now)
        scans = recent_scans(
            self.organization, latest.repo_id, self.repository.default_branch, MOST_SCANS
        )
        return super().get_context_data(
            summary=assessment.summary,
            posture_kind=POSTURE_KINDS[assessment.summary.posture],
            open_findings=assessment.total_issues,
            sheet=sheet(assessment, latest.evidence, latest.repo_id, self.now, chosen),
            trends=trends(self.organization, latest.repo_id, latest.policy, self.now, self._days()),
            windows=self._windows(),
            scans=scans,
            commit=next((scan.commit for scan in scans if scan.completed_at), ""),
            filter=chosen,
            statuses=[(kind, KIND_LABELS[kind]) for kind in KINDS],
            check_types=sorted(AREA_LABELS.items(), key=lambda entry: entry[1]),
            **kwargs,
        )

    def _days(self) -> int:
        known = {str(days): days for days in WINDOWS}
        return known.get(self.request.GET.get("days", ""), DEFAULT_WINDOW)

    def _windows(self) -> list[Window]:
        return [
            Window(f"{days} days", f"?days={days}#trend", days == self._days()) for days in WINDOWS
        ]


class ControlPage(RepositoryScopedPage):
    """One control by `?framework=` and `?id=`, with the findings that its condition looks at.

    In the query and not in the path: an id of a custom control is any text.
    """

    template_name = "dashboard/control.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        framework, control = self._control()
        assessed = self._assessed(framework, control)
        kind = kind_of(assessed) if assessed else None
        page = page_number(self.request.GET.get("page", ""))
        findings = self._findings(control, page) if assessed and assessed.findings else []
        return super().get_context_data(
            framework=framework,
            control=control,
            assessed=assessed,
            kind=kind,
            kind_label=kind and KIND_LABELS[kind],
            evidence_label=assessed and EVIDENCE_LABELS[assessed.evidence],
            area=AREA_LABELS[control.check_type],
            findings=[(SEVERITY_KINDS[one.severity], one) for one in findings[:FINDINGS_PER_PAGE]],
            previous_url=self._url(page - 1) if page > 1 else None,
            next_url=self._url(page + 1) if len(findings) > FINDINGS_PER_PAGE else None,
            **kwargs,
        )

    def _control(self) -> tuple[Framework, Control]:
        framework = framework_of(self.latest.policy, self.request.GET.get("framework", ""))
        for control in framework.controls:
            if control.id == self.request.GET.get("id"):
                return framework, control
        raise Http404

    def _assessed(self, framework: Framework, control: Control) -> ControlAssessment | None:
        """The result, None for a control that does not score: Not Applicable, or not enabled."""
        assessment = evaluate(self.latest.evidence, self.latest.policy, self.now)
        scored = assessment.frameworks.get(framework.key)
        found = [one for one in scored.controls if one.id == control.id] if scored else []
        return found[0] if found else None

    def _findings(self, control: Control, page: int) -> list[OpenFinding]:
        """A page, and one more that tells whether another page follows."""
        start = (page - 1) * FINDINGS_PER_PAGE
        return findings_of(
            self.organization,
            self.repository,
            control,
            self.latest,
            self.now,
            page=slice(start, start + FINDINGS_PER_PAGE + 1),
        )

    def _url(self, page: int) -> str:
        query = self.request.GET.copy()
        query["page"] = str(page)
        path = reverse("dashboard-control", kwargs={"repo_id": self.kwargs["repo_id"]})
        return f"{path}?{query.urlencode()}#findings"
