"""Requests with reports: those that wait for a worker, and the answers that are given again."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from codestax.common.querysets import TenantQuerySet
from orgs.models import Organization
from scans.models.repositories import Scan
from scans.querysets import UploadQuerySet


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
