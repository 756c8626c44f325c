"""Usage, scans and uploads on an organization's page; of findings only how many there are."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from codestax.common.panels import Link, Panel, counted, moment
from orgs.models import Organization
from scans.models import Finding, Repository, Scan, Upload

MOST_ROWS = 20
USAGE_DAYS = 30
# Counting goes row by row: who has more than this has enough.
MOST_COUNTED = 100_000
_COUNTED = ("results", "opened", "closed")


def usage_panel(request: HttpRequest, organization: Organization) -> Panel:
    since = timezone.now() - timedelta(days=USAGE_DAYS)
    scans = Scan.objects.of(organization)
    findings = Finding.objects.of(organization).open().filter(is_suppressed=False)
    numbers = (
        ("Repositories", Repository.objects.of(organization)),
        (f"Scans of the last {USAGE_DAYS} days", scans.filter(created_at__gte=since)),
        ("Open findings, all branches", findings),
        ("Uploads that wait", Upload.objects.of(organization).unfinished()),
    )
    return Panel(
        title="Usage",
        columns=("What", "How many"),
        rows=[(name, _count(rows)) for name, rows in numbers],
        empty="",
    )


def waiting_panel(request: HttpRequest, organization: Organization) -> Panel:
    rows = Upload.objects.of(organization).unfinished().order_by("received_at")
    return Panel(
        title="Uploads that wait",
        columns=("Waits since", "Repository", "Branch", "State", "Attempts", "Upload"),
        rows=[
            (
                moment(upload.received_at),
                upload.scan.repository.name,
                upload.scan.branch,
                upload.get_status_display(),
                upload.attempts,
                _link("upload", upload.pk),
            )
            for upload in _with_scan(rows)
        ],
        empty="None waits.",
    )


def failures_panel(request: HttpRequest, organization: Organization) -> Panel:
    rows = Upload.objects.of(organization).filter(status=Upload.Status.FAILED).order_by("-pk")
    return Panel(
        title="Failed uploads",
        columns=("When", "Repository", "Branch", "Reason", "Upload"),
        rows=[
            (
                moment(upload.finished_at),
                upload.scan.repository.name,
                upload.scan.branch,
                upload.reason,
                _link("upload", upload.pk),
            )
            for upload in _with_scan(rows)
        ],
        empty="None has failed.",
    )


def scans_panel(request: HttpRequest, organization: Organization) -> Panel:
    rows = Scan.objects.of(organization).select_related("repository").defer("evidence")
    newest = rows.prefetch_related("analyses").order_by("-pk")[:MOST_ROWS]
    return Panel(
        title="Last scans",
        columns=("When", "Repository", "Branch", "Status", "Tools", "Results", "Scan"),
        rows=[_scan_row(scan) for scan in newest],
        empty="Nothing was scanned yet.",
    )


PANELS: list[Callable[[HttpRequest, Organization], Panel]] = [
    usage_panel,
    waiting_panel,
    failures_panel,
    scans_panel,
]


def _scan_row(scan: Any) -> tuple[Any, ...]:
    analyses = list(scan.analyses.all())
    results, opened, closed = (
        sum(one.counts.get(name, 0) for one in analyses) for name in _COUNTED
    )
    return (
        moment(scan.created_at),
        scan.repository.name,
        scan.branch,
        scan.get_status_display(),
        ", ".join(sorted({one.tool for one in analyses})),
        f"{counted(results, 'result')}, {opened:,} opened, {closed:,} closed" if analyses else "",
        _link("scan", scan.pk),
    )


def _count(rows: Any) -> str:
    found: int = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{found:,}" if found <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def _with_scan(rows: Any) -> Iterable[Any]:
    found: Iterable[Any] = rows.select_related("scan__repository").defer("scan__evidence")[
        :MOST_ROWS
    ]
    return found


def _link(model: str, pk: int) -> Link:
    return Link(str(pk), reverse(f"admin:scans_{model}_change", args=[pk]))
