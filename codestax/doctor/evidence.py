"""What scans have left: evidence that can be read, and findings that belong to something."""

from collections.abc import Iterator

from django.db import connection

from codestax.doctor.problem import Problem, numbered
from scans.domain.findings import CheckType, Severity
from scans.models import Scan

AREA = "evidence"
_UPLOAD = "Upload the reports of a later commit: they make new evidence."
# These have no foreign keys, since one service writes them (scans.models.Finding).
_BAD_FINDINGS = """
SELECT f.id, scan.id IS NULL OR (f.closed_scan_id IS NOT NULL AND closed.id IS NULL),
    f.rule_id = '' OR NOT f.check_type = ANY(%(types)s) OR NOT f.severity = ANY(%(severities)s)
FROM scans_finding f
LEFT JOIN scans_scan scan ON scan.id = f.opened_scan_id
    AND (scan.org_id, scan.repository_id) = (f.org_id, f.repository_id)
LEFT JOIN scans_scan closed ON closed.id = f.closed_scan_id
WHERE scan.id IS NULL OR (f.closed_scan_id IS NOT NULL AND closed.id IS NULL)
    OR f.rule_id = '' OR NOT f.check_type = ANY(%(types)s) OR NOT f.severity = ANY(%(severities)s)
LIMIT 10000
"""


def problems() -> Iterator[Problem]:
    yield from _unreadable()
    yield from _bad_findings()


def _unreadable() -> Iterator[Problem]:
    ids = [
        scan_id
        for scan_id, evidence in _evidence()
        if evidence is None  # what could not be read
    ]
    if ids:
        yield Problem(
            AREA,
            f"{numbered('Scan', ids)}: the evidence cannot be read, and counts as none.",
            _UPLOAD,
        )


def _evidence() -> Iterator[tuple[int, object]]:
    stored = Scan.objects.filter(evidence__isnull=False).order_by()
    return stored.values_list("pk", "evidence").iterator()


def _bad_findings() -> Iterator[Problem]:
    dangling, without_rule = [], []
    with connection.cursor() as cursor:
        cursor.execute(_BAD_FINDINGS, {"types": list(CheckType), "severities": list(Severity)})
        for finding_id, dangles, is_bad in cursor.fetchall():
            if dangles:
                dangling.append(finding_id)
            if is_bad:
                without_rule.append(finding_id)
    if dangling:
        yield Problem(
            AREA,
            f"{numbered('Finding', dangling)}: the scan that it names does not exist.",
            "Restore the database from a backup that is whole, or delete these rows.",
        )
    if without_rule:
        yield Problem(
            AREA,
            f"{numbered('Finding', without_rule)}: it has no rule, or a check type or severity "
            "that does not exist.",
            _UPLOAD,
        )
