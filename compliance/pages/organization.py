"""/dashboard/compliance: the organization at a glance."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from compliance.overview import overview, to_the_minute
from compliance.pages.glance import Glance, glance
from compliance.pages.repository_table import QUERY, repository_table
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
        body = _body.__wrapped__ if settings.DEBUG else _body  # templates change under DEBUG
        return super().get_context_data(
            steps=None if seen.is_scanned else self._first_steps(seen),
            body=body(
                seen,
                tuple((key, self.request.GET[key]) for key in QUERY if key in self.request.GET),
                to_the_minute(now),
                plan=self.organization.plan,
                can_write=self.role.allows(self.write_role),
            ),
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


@lru_cache(maxsize=32)  # of at most 200 kB each
def _body(
    seen: Glance,
    query: tuple[tuple[str, str], ...],
    minute: datetime,
    *,
    plan: str,
    can_write: bool,
) -> str:
    """What the page says of the organization: all that it depends on stands in the arguments.

    Of another minute, another score or another reader's role it is another one.
    """
    context = {
        "glance": seen,
        "table": repository_table(seen, dict(query)),
        "evaluated_at": minute,
        "plan": plan,
        "can_write": can_write,
    }
    return render_to_string("partials/organization_glance.html", context)


_CREATE = """\
REPO=$(curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/json" \\
  -d '{{"name": "my-repository"}}' {url}/api/repos | jq .id)"""
_UPLOAD = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/sarif+json" \\
  --data-binary @results.sarif "{url}/api/repos/{repository}/scans?commit=$(git rev-parse HEAD)\""""
_SCORE = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" {url}/api/compliance/score/{repository} \\
  | jq .executive_summary.overall_score"""
