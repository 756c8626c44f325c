"""Repositories and their scans."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Extract, Now
from django.utils import timezone

from codestax.common.fields import StructField
from codestax.common.querysets import TenantQuerySet
from orgs.models import Organization
from scans.domain.evidence import Evidence
from scans.querysets import ScanQuerySet

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
