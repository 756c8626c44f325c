"""Reads of a repository's scans that take in several tables."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orgs.models import Organization
from scans.domain.progress import progress
from scans.models import Scan


@dataclass(frozen=True, slots=True)
class ToolRun:
    """What one tool reported for a scan."""

    name: str
    version: str
    category: str
    is_complete: bool


@dataclass(frozen=True, slots=True)
class RecentScan:
    """A scan, how far its uploads have come, and what they changed.

    `status` and `failure` as scans.domain.progress has them.
    """

    scan_id: int
    commit: str
    created_at: datetime
    completed_at: datetime | None
    status: str
    failure: str | None
    opened: int
    closed: int
    tools: tuple[ToolRun, ...]


def recent_scans(
    organization: Organization, repo_id: int, branch: str, most: int
) -> list[RecentScan]:
    """Return the branch's newest scans, the newest commit first. Three queries."""
    scans = Scan.objects.of(organization).filter(repository=repo_id, branch=branch)
    rows = scans.order_by("-position").prefetch_related("analyses", "uploads").defer("evidence")
    return [_recent(scan) for scan in rows[:most]]


def _recent(scan: Any) -> RecentScan:
    status, failure = progress(scan.uploads.all())
    analyses = scan.analyses.all()
    return RecentScan(
        scan_id=scan.pk,
        commit=scan.commit,
        created_at=scan.created_at,
        completed_at=scan.completed_at,
        status=status,
        failure=failure,
        opened=sum(one.counts["opened"] for one in analyses),
        closed=sum(one.counts["closed"] for one in analyses),
        tools=tuple(
            ToolRun(one.tool, one.version, one.category, one.is_complete) for one in analyses
        ),
    )
