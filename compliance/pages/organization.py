"""/dashboard/compliance: the organization at a glance."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from codestax.templatetags.dates import ago
from codestax.templatetags.kept import kept
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
        minute = to_the_minute(now)
        seen = glance(overview(self.organization, now))
        query = tuple((key, self.request.GET[key]) for key in QUERY if key in self.request.GET)
        can_write = self.role.allows(self.write_role)
        return super().get_context_data(
            steps=None if seen.is_scanned else self._first_steps(seen),
            glance=_kept(_glance)(seen, self.organization.plan, can_write),
            table=_kept(_table)(seen, query, minute),
            evaluated_at=minute,
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


def _kept(render: Any) -> Any:
    return render.__wrapped__ if settings.DEBUG else render  # templates change under DEBUG


@lru_cache(maxsize=32)  # of about 20 kB each
def _glance(seen: Glance, plan: str, can_write: bool) -> str:
    """What the page says of the organization: all that it depends on stands in the arguments."""
    context = {"glance": seen, "plan": plan, "can_write": can_write}
    return render_to_string("partials/organization_glance.html", context)


@lru_cache(maxsize=32)  # of at most 200 kB each
def _table(seen: Glance, query: tuple[tuple[str, str], ...], minute: datetime) -> str:
    """The repositories, for as long as the minute lasts: the table says how long ago they were."""
    if not seen.rows:
        return ""
    table = repository_table(seen, dict(query))
    rows = "".join(
        kept("partials/repository_row.html", row=row, scanned=ago(row.last_scan, minute))
        for row in table.rows
    )
    context = {"table": table, "rows": mark_safe(rows)}  # noqa: S308 - rendered templates
    return render_to_string("partials/repository_table.html", context)


_CREATE = """\
REPO=$(curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/json" \\
  -d '{{"name": "my-repository"}}' {url}/api/repos | jq .id)"""
_UPLOAD = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" -H "Content-Type: application/sarif+json" \\
  --data-binary @results.sarif "{url}/api/repos/{repository}/scans?commit=$(git rev-parse HEAD)\""""
_SCORE = """\
curl -s -H "X-API-Key: $CODESTAX_API_KEY" {url}/api/compliance/score/{repository} \\
  | jq .executive_summary.overall_score"""
