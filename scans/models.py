"""Repositories, their scans, and findings as intervals between scans."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Extract, Now
from django.utils import timezone

from codestax.common.fields import StructField
from codestax.common.querysets import TenantQuerySet
from orgs.models import Organization
from scans.domain.evidence import Evidence
from scans.querysets import FindingQuerySet, ScanQuerySet, UploadQuerySet

# Nanoseconds since 1970: the place of a scan that a statement without one inserts now.
_ARRIVAL = Cast(Extract(Now(), "epoch") * Value(1_000_000_000), models.BigIntegerField())


class Repository(models.Model):
    """A code repository of the organization."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="repositories")
    name = models.CharField(max_length=200)
    default_branch = models.CharField(max_length=255, default="main")
    languages = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "repositories"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "name"],
                name="scans_repository_unique_name",
                violation_error_message="A repository with this name exists already.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="scans_repository_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class Scan(models.Model):
    """The analysis of one commit of one branch; every upload for that commit joins it.

    `evidence` is the document that scoring reads (scans.domain.evidence.Evidence). `position`
    orders the scans of a branch (scans.services.commits): by commit time where that is known, else
    by arrival. Until a first upload has been taken in, a scan is no part of the branch's history.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"  # nothing of it is stored yet
        COMPLETED = "completed"  # holds what its uploads so far have reported
        FAILED = "failed"  # nothing could be stored

    class Gate(models.TextChoices):
        PASSED = "passed"
        WARNING = "warning"
        FAILED = "failed"

    org = models.ForeignKey(Organization, models.CASCADE, related_name="scans")
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="scans")
    branch = models.CharField(max_length=255)
    commit = models.CharField(max_length=64, blank=True, default="")
    committed_at = models.DateTimeField(null=True, blank=True)
    position = models.BigIntegerField(db_default=_ARRIVAL, editable=False)
    status = models.CharField(max_length=20, choices=Status, default=Status.RECEIVED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    quality_gate = models.CharField(max_length=10, choices=Gate, blank=True, default="")
    pull_requests_merged = models.PositiveIntegerField(null=True, blank=True)
    pull_requests_reviewed = models.PositiveIntegerField(null=True, blank=True)
    lines_of_code = models.PositiveBigIntegerField(null=True, blank=True)
    languages = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    nothing_to_check = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    evidence = StructField(Evidence, null=True, editable=False)

    objects = ScanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["repository", "branch", "commit"],
                condition=~Q(commit=""),
                name="scans_scan_unique_commit",
            ),
            models.UniqueConstraint(
                fields=["repository", "branch", "position"], name="scans_scan_unique_position"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["org", "repository", "branch", "-position"], name="scans_scan_newest"
            ),
            models.Index(
                fields=["org", "repository", "branch", "committed_at"],
                condition=Q(committed_at__isnull=False),
                name="scans_scan_by_commit_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id} {self.branch} {self.commit[:12] or self.pk}"


class Upload(models.Model):
    """A request whose reports a worker takes in, and what became of it.

    This row is the truth: the queue only wakes workers. A worker holds it by a lease that it
    renews; when the lease has run out, another one may claim it. `attempts` counts the claims,
    `facts` are what was sent beside the reports (scans.services.commits.CommitFacts),
    `covers` and `declared_format` as in scans.services.ingestion.Reports.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        PARSING = "parsing"
        STORING = "storing"
        COMPLETED = "completed"
        FAILED = "failed"

    org = models.ForeignKey(Organization, models.CASCADE, related_name="uploads")
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="uploads")
    status = models.CharField(max_length=20, choices=Status, default=Status.RECEIVED)
    facts = models.JSONField(default=dict)
    declared_format = models.CharField(max_length=30, blank=True, default="")
    covers = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    actor_email = models.EmailField(max_length=254, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")  # of its failure, in one sentence
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"],
                condition=Q(finished_at=None),
                name="scans_upload_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scan_id} {self.status}"


class UploadBody(models.Model):
    """One report of an upload, packed with gzip; gone once the upload is finished."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="bodies")
    content = models.BinaryField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "upload bodies"

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.pk}"


class IdempotentAnswer(models.Model):
    """The answer that a request with an Idempotency-Key got, to be given again for a day."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()  # the JSON as it was sent
    location = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "key"], name="scans_idempotent_answer_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="scans_idempotent_answer_age"),
        ]

    def __str__(self) -> str:
        return self.key


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
