"""The open findings that a control looks at, as scoring chooses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Case, IntegerField, Q, Value, When

from compliance.domain.catalog import Control
from compliance.domain.measures import threshold_of
from compliance.domain.snapshot import HARD_CODED_CREDENTIALS, SELECTED_BY_CWE, is_expired
from compliance.queries import LatestScan
from orgs.models import Organization
from scans.domain.evidence import Report
from scans.domain.findings import LICENCE, SEVERITY_ORDER, CheckType
from scans.models import Finding, Repository

_RANK = Case(
    *(When(severity=name, then=Value(rank)) for rank, name in enumerate(SEVERITY_ORDER)),
    output_field=IntegerField(),
)
# In the order of OpenFinding's fields.
_COLUMNS = (
    "severity",
    "rule_id",
    "path",
    "line",
    "message",
    "tool",
    "opened_scan__created_at",
    "cwes",
)


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """One tool's report of a flaw; `line` is 1-based or None, `path` may be empty."""

    severity: str
    rule_id: str
    path: str
    line: int | None
    message: str
    tool: str
    first_seen: datetime
    cwes: Sequence[int]

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


def findings_of(
    organization: Organization,
    repository: Repository,
    control: Control,
    latest: LatestScan,
    now: datetime,
    *,
    page: slice,
) -> list[OpenFinding]:
    """Return the default branch's findings behind the control's count, worst and newest first.

    A flaw that several tools report stands here once for each, where the count has it once.
    Findings of reports that have expired at `now` do not count and are left out.
    """
    counted = _counted_reports(latest, now)
    if not counted:
        return []
    rows = (
        Finding.objects.of(organization)
        .open()
        .filter(
            looked_at(control),
            reduce(or_, (Q(tool=one.tool, category=one.category) for one in counted)),
            repository=repository,
            branch=repository.default_branch,
            is_suppressed=False,
        )
        .order_by(_RANK.desc(), "-pk")
    )
    return [OpenFinding(*row) for row in rows.values_list(*_COLUMNS)[page]]


def _counted_reports(latest: LatestScan, now: datetime) -> list[Report]:
    reports = latest.evidence.reports if latest.evidence else ()
    return [report for report in reports if not is_expired(report.expires_at, now)]


def looked_at(control: Control) -> Q:
    """The condition on findings that `Selection.of` and the pass condition's threshold make."""
    severities = SEVERITY_ORDER[threshold_of(control) :]
    return _selected(control) & Q(severity__in=severities) & ~Q(check_type=LICENCE)


def _selected(control: Control) -> Q:
    own = Q(check_type=control.check_type)
    if control.cwe_filter is None:
        return own
    chosen = Q(check_type__in=SELECTED_BY_CWE, cwes__overlap=sorted(control.cwe_filter))
    if control.check_type not in SELECTED_BY_CWE:
        chosen |= own
    elif control.takes_unclassified:
        chosen |= own & Q(cwes=[])
    if HARD_CODED_CREDENTIALS in control.cwe_filter:
        chosen |= Q(check_type=CheckType.SECRETS, cwes=[])
    return chosen
