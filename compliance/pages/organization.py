"""/dashboard/compliance: the organization at a glance."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from compliance.overview import overview, to_the_minute
from compliance.pages.glance import Glance, glance
from compliance.pages.repository_table import repository_table
from orgs.domain.roles import Role
from orgs.pages.scoping import OrganizationPage


@dataclass(frozen=True)
class FirstSteps:
    """What the three steps show: lines to paste with this server's and repository's values.

    `upload` uses a shell variable that `create` sets where there is no repository yet.
    """

    can_make_key: bool
    can_choose: bool
    create: str | None
    upload: str
    score: str


class OrganizationDashboard(OrganizationPage):
    template_name = "dashboard/organization.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        seen = glance(overview(self.organization, now))
        return super().get_context_data(
            glance=seen,
            table=repository_table(seen, self.request.GET),
            steps=None if seen.is_scanned else self._first_steps(seen),
            evaluated_at=to_the_minute(now),
            **kwargs,
        )

    def _first_steps(self, seen: Glance) -> FirstSteps:
        url = self.request.build_absolute_uri("/").rstrip("/")
        first = seen.rows[0].repo_id if seen.rows else None
        repository = "$REPO" if first is None else str(first)
        return FirstSteps(
            can_make_key=self.role.allows(Role.ADMIN),
            can_choose=self.role.allows(Role.ADMIN),
            create=_CREATE.format(url=url) if first is None else None,
            upload=_UPLOAD.format(url=url, repository=repository),
            score=_SCORE.format(url=url, repository=repository),
        )


_CREATE = """\
REPO=$(curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/json" \\
  -d '{{"name": "my-repository"}}' {url}/api/repos | jq .id)"""
_UPLOAD = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/sarif+json" \\
  --data-binary @results.sarif "{url}/api/repos/{repository}/scans?commit=$(git rev-parse HEAD)\""""
_SCORE = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" {url}/api/compliance/score/{repository} \\
  | jq .executive_summary.overall_score"""
