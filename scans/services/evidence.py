"""Reduce what a branch holds as of a scan to the scan's evidence document."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q

from scans.domain.evidence import Evidence, FindingGroup, QualityGate, Report, Reviews
from scans.domain.findings import LICENCE, SEVERITY_ORDER
from scans.models import Analysis, Scan

# The window of gate results and reviews that domain/vocabulary speaks of.
HISTORY = timedelta(days=90)

# A flaw counts once, with its highest severity and under the newest report that names it,
# however many tools report it: reports are numbered newest first.
_GROUPS = """
WITH report (tool, category, number) AS (
    SELECT * FROM unnest(%(tools)s::text[], %(categories)s::text[], %(numbers)s::int[])
), seen AS (
    SELECT {key} AS flaw_key, f.check_type, f.severity, f.cwes, r.number
    FROM scans_finding f JOIN report r USING (tool, category)
    WHERE f.org_id = %(org)s AND f.repository_id = %(repository)s AND f.branch = %(branch)s
        AND {present} AND NOT f.is_suppressed AND f.check_type <> %(licence)s
), flaw AS ({flaw})
SELECT check_type, severity, cwes, count(*), number FROM flaw
GROUP BY 1, 2, 3, 5
"""
# What one report alone names needs no comparing.
_ONE_REPORT = "SELECT * FROM seen"
_SEVERAL_REPORTS = """
    SELECT DISTINCT ON (flaw_key) flaw_key, check_type, severity, cwes,
        min(number) OVER (PARTITION BY flaw_key) AS number
    FROM seen
    ORDER BY flaw_key, array_position(%(severities)s::text[], severity::text) DESC"""
# A secret is the same for every tool that names its line, whatever each calls the rule; its
# fingerprint follows it through moved lines and so holds the rule instead.
_FLAW_KEY = """CASE WHEN f.check_type = 'secrets' AND f.line IS NOT NULL
        THEN convert_to(f.path || chr(31) || f.line::text, 'UTF8') ELSE f.fingerprint END"""
_OPEN = "f.closed_scan_id IS NULL"
_PRESENT = """
    (SELECT position FROM scans_scan WHERE id = f.opened_scan_id) <= %(position)s
    AND (f.closed_scan_id IS NULL
        OR (SELECT position FROM scans_scan WHERE id = f.closed_scan_id) > %(position)s)"""

# What one scan changed: its rows are few, and found by the indexes of the scans alone.
_CHANGES = """
SELECT check_type, severity, cwes, sum(change)::int FROM (
    SELECT f.*, 1 AS change FROM scans_finding f WHERE f.opened_scan_id = %(scan)s
    UNION ALL
    SELECT f.*, -1 FROM scans_finding f WHERE f.closed_scan_id = %(scan)s
) f
WHERE f.tool = %(tool)s AND f.category = %(category)s
    AND NOT f.is_suppressed AND f.check_type <> %(licence)s
GROUP BY 1, 2, 3
"""


def refresh_evidence(scan: Scan) -> None:
    """Write `scan.evidence`, and that of the later scans of its branch that build on it."""
    later = Scan.objects.filter(
        org=scan.org_id,
        repository=scan.repository_id,
        branch=scan.branch,
        position__gt=scan.position,
    ).completed()
    following = list(later.order_by("position"))
    for each in (scan, *following):
        each.evidence = _evidence_of(each, is_newest=each is (following or [scan])[-1])
        each.save(update_fields=["evidence"])


def _evidence_of(scan: Scan, *, is_newest: bool) -> Evidence:
    analyses = _newest_analyses(scan)
    scanned_at = scan.completed_at or scan.created_at
    successes = _success_times(scan)
    return Evidence(
        scanned_at=scanned_at,
        last_success_at=successes[0] if successes else None,
        previous_success_at=successes[1] if len(successes) > 1 else None,
        reports=tuple(_report(scan, analysis) for analysis in analyses),
        findings=_finding_groups(scan, analyses, is_newest=is_newest),
        quality_gate=_quality_gate(scan, scanned_at),
        reviews=_reviews(scan, scanned_at),
        lines_of_code=_newest_value(scan, "lines_of_code"),
        languages=tuple(_newest_languages(scan) or scan.repository.languages),
        iac_kinds=tuple(sorted({kind for one in analyses for kind in one.iac_kinds})),
        nothing_to_check=tuple(scan.nothing_to_check),
    )


def _up_to(scan: Scan) -> Any:
    """This scan and the earlier ones of its branch, newest first."""
    return Scan.objects.filter(
        org=scan.org_id,
        repository=scan.repository_id,
        branch=scan.branch,
        position__lte=scan.position,
    ).order_by("-position")


def _newest_analyses(scan: Scan) -> list[Analysis]:
    """Of each tool and category the newest report that still counts, newest first."""
    oldest = (scan.completed_at or scan.created_at) - _carry_time()
    newest = (
        Analysis.objects.filter(
            Q(scan=scan) | Q(reported_at__gt=oldest), scan__in=_up_to(scan).values("pk")
        )
        .order_by("tool", "category", "-scan__position")
        .distinct("tool", "category")
    )
    return sorted(newest, key=lambda one: (one.scan_id != scan.pk, -one.reported_at.timestamp()))


def _report(scan: Scan, analysis: Analysis) -> Report:
    is_own = analysis.scan_id == scan.pk
    return Report(
        tool=analysis.tool,
        version=analysis.version,
        category=analysis.category,
        scan_id=analysis.scan_id,
        reported_at=analysis.reported_at,
        is_complete=analysis.is_complete,
        check_types=tuple(analysis.check_types),
        open_check_types=tuple(analysis.open_check_types),
        expires_at=None if is_own else analysis.reported_at + _carry_time(),
    )


def _finding_groups(
    scan: Scan, analyses: Sequence[Analysis], *, is_newest: bool
) -> tuple[FindingGroup, ...]:
    before = _groups_before(scan, analyses)
    if before is None:
        return _counted_groups(scan, analyses, is_newest=is_newest)
    return _changed_groups(before, scan, analyses[0])


def _groups_before(scan: Scan, analyses: Sequence[Analysis]) -> tuple[FindingGroup, ...] | None:
    """The groups of the scan before, if both count the rows of one and the same tool alone."""
    if len(analyses) != 1:
        return None
    before = _up_to(scan).completed().exclude(pk=scan.pk).first()
    if before is None or before.evidence is None:
        return None
    tools = [(one.tool, one.category) for one in before.evidence.reports]
    return before.evidence.findings if tools == [(analyses[0].tool, analyses[0].category)] else None


def _changed_groups(
    before: Sequence[FindingGroup], scan: Scan, analysis: Analysis
) -> tuple[FindingGroup, ...]:
    """What a scan leaves of the groups of the one before, and adds to them.

    No scan lies between the two, so every row that is present at one of them alone was opened or
    closed by the later one.
    """
    counts = Counter({(one.check_type, one.severity, one.cwes): one.count for one in before})
    values: dict[str, Any] = {
        "scan": scan.pk,
        "tool": analysis.tool,
        "category": analysis.category,
        "licence": LICENCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        for check_type, severity, cwes, change in cursor.fetchall():
            counts[check_type, severity, tuple(cwes)] += change
    return tuple(FindingGroup(*key, count) for key, count in sorted(counts.items()) if count)


def _counted_groups(
    scan: Scan, analyses: Sequence[Analysis], *, is_newest: bool
) -> tuple[FindingGroup, ...]:
    values: dict[str, Any] = {
        "tools": [one.tool for one in analyses],
        "categories": [one.category for one in analyses],
        "numbers": list(range(len(analyses))),
        "org": scan.org_id,
        "repository": scan.repository_id,
        "branch": scan.branch,
        "position": scan.position,
        "licence": LICENCE,
        "severities": list(SEVERITY_ORDER),
    }
    with connection.cursor() as cursor:
        query = _GROUPS.format(
            key="f.fingerprint" if len(analyses) == 1 else _FLAW_KEY,
            present=_OPEN if is_newest else _PRESENT,
            flaw=_ONE_REPORT if len(analyses) == 1 else _SEVERAL_REPORTS,
        )
        # The planner knows nothing of the rows just written, and would sort them all to group them.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(query, values)
        groups = sorted(cursor.fetchall(), key=lambda row: (*row[:3], row[4]))
        cursor.execute("SET LOCAL enable_sort = on")
    return tuple(
        FindingGroup(check_type, severity, tuple(cwes), count, report)
        for check_type, severity, cwes, count, report in groups
    )


def _success_times(scan: Scan) -> list[datetime]:
    """When this scan and the one before it that had a successful run were completed."""
    successful = _up_to(scan).filter(
        pk__in=Analysis.objects.filter(is_complete=True).values("scan_id")
    )
    return list(successful.values_list("completed_at", flat=True)[:2])


def _quality_gate(scan: Scan, now: datetime) -> QualityGate | None:
    judged = _up_to(scan).exclude(quality_gate="").filter(completed_at__gt=now - HISTORY)
    latest = judged.first()
    if latest is None:
        return None
    counts = judged.order_by().aggregate(
        evaluated=Count("pk"), passed=Count("pk", filter=Q(quality_gate=Scan.Gate.PASSED))
    )
    return QualityGate(result=latest.quality_gate, **counts, expires_at=_expiry(scan, latest))


def _reviews(scan: Scan, now: datetime) -> Reviews | None:
    told = _up_to(scan).filter(pull_requests_merged__isnull=False, completed_at__gt=now - HISTORY)
    latest = told.first()
    if latest is None:
        return None
    return Reviews(
        merged=latest.pull_requests_merged,
        reviewed=latest.pull_requests_reviewed or 0,
        expires_at=_expiry(scan, latest),
    )


def _newest_value(scan: Scan, column: str) -> Any:
    told = _up_to(scan).filter(**{f"{column}__isnull": False})
    return told.values_list(column, flat=True).first()


def _newest_languages(scan: Scan) -> list[str] | None:
    """Not every upload names them: a job of another scanner often does not."""
    told = _up_to(scan).exclude(languages=[])
    newest: list[str] | None = told.values_list("languages", flat=True).first()
    return newest


def _expiry(scan: Scan, source: Scan) -> datetime | None:
    """A scan's own word does not expire; one carried from an earlier scan does."""
    if source.pk == scan.pk:
        return None
    return (source.completed_at or source.created_at) + _carry_time()


def _carry_time() -> timedelta:
    return timedelta(days=settings.CARRY_DAYS)
