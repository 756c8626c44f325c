"""What tools reported: analyses, and findings as intervals between scans."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from codestax.common.querysets import TenantQuerySet
from orgs.models import Organization
from scans.models.repositories import Repository, Scan
from scans.querysets import FindingQuerySet


class Analysis(models.Model):
    """What one tool, under one category, reported for a scan.

    `counts` is how its results were explained: {results, opened, unchanged, closed, duplicates,
    suppressed, ignored: {reason: n}}.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="analyses")
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="analyses")
    tool = models.CharField(max_length=100)
    version = models.CharField(max_length=100, blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    is_complete = models.BooleanField()
    check_types = ArrayField(models.CharField(max_length=20), default=list)
    open_check_types = ArrayField(models.CharField(max_length=20), default=list)
    iac_kinds = ArrayField(models.CharField(max_length=20), default=list)
    counts = models.JSONField(default=dict)
    # Of the request's bodies, and how many analyses that request made: when all of them are still
    # the newest, the same request again has nothing new to say.
    report_digest = models.BinaryField(max_length=32)
    report_analyses = models.PositiveSmallIntegerField(default=1)
    reported_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["scan", "tool", "category"]
        verbose_name_plural = "analyses"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scan", "tool", "category"], name="scans_analysis_unique_tool"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "report_digest"], name="scans_analysis_by_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.category}".strip()


class ReportMemo(models.Model):
    """What the newest report of a tool and category came to, as scans.domain.memo packs it.

    `rules` is the RULES_VERSION (scans.domain.version) that it was read by; under another one it
    says nothing.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    branch = models.CharField(max_length=255)
    tool = models.CharField(max_length=100)
    category = models.CharField(max_length=200, blank=True, default="")
    rules = models.CharField(max_length=20)
    content = models.BinaryField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["repository", "branch", "tool", "category"],
                name="scans_report_memo_one_of_tool",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.category}".strip()


def _unchecked_key(to: Any, **options: Any) -> Any:
    return models.ForeignKey(to, models.CASCADE, db_constraint=False, db_index=False, **options)


class Finding(models.Model):
    """A flaw that one tool reported without a break: from `opened_scan` up to `closed_scan`.

    Closed at None it is open still. One that comes back is a new row. Suppressed ones are kept
    and listed, and count nowhere.
    """

    # No constraints behind these four: one service writes the rows, under the repository's lock and
    # with ids that it holds, and to check each row again doubles the cost of a first report.
    org = _unchecked_key(Organization, related_name="+")
    repository = _unchecked_key(Repository, related_name="+")
    branch = models.CharField(max_length=255)
    tool = models.CharField(max_length=100)
    category = models.CharField(max_length=200, blank=True, default="")
    fingerprint = models.BinaryField(max_length=16)
    opened_scan = _unchecked_key(Scan, related_name="opened_findings")
    closed_scan = _unchecked_key(Scan, related_name="closed_findings", null=True)
    check_type = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    rule_id = models.CharField(max_length=200)
    path = models.CharField(max_length=1000, blank=True)
    line = models.PositiveIntegerField(null=True)
    message = models.TextField(blank=True)
    cwes = ArrayField(models.PositiveSmallIntegerField(), default=list)
    is_suppressed = models.BooleanField(default=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            # Of one flaw one row is open at a time; this is also the index that a report's
            # difference is taken with.
            models.UniqueConstraint(
                fields=["org", "repository", "branch", "tool", "category", "fingerprint"],
                condition=Q(closed_scan=None),
                name="scans_finding_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["org", "repository", "branch", "-id"],
                condition=Q(closed_scan=None),
                name="scans_finding_open",
            ),
            models.Index(fields=["opened_scan"], name="scans_finding_opened"),
            models.Index(
                fields=["closed_scan"],
                condition=Q(closed_scan__isnull=False),
                name="scans_finding_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.path}:{self.line}"
