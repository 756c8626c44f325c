"""Reads of repositories, scans and findings, in the product's words."""

from typing import Any, Self

from django.db.models import Q
from django.db.models.functions import Now

from codestax.common.querysets import TenantQuerySet


class ScanQuerySet(TenantQuerySet):
    def completed(self) -> Self:
        return self.filter(status="completed")


class UploadQuerySet(TenantQuerySet):
    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def free(self) -> Self:
        """Unfinished and in no worker's hands, by the database's clock, which all share."""
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lte=Now()))

    def held_like(self, upload: Any) -> Self:
        """The row of `upload`, as long as the attempt that it was read for still holds it."""
        return self.unfinished().filter(
            pk=upload.pk, worker=upload.worker, attempts=upload.attempts
        )


class FindingQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(closed_scan=None)

    def present_at(self, scan: Any) -> Self:
        """What `scan`'s branch held as of that scan, whoever had reported it."""
        return self.filter(
            Q(closed_scan=None) | Q(closed_scan__position__gt=scan.position),
            repository=scan.repository_id,
            branch=scan.branch,
            opened_scan__position__lte=scan.position,
        )
