"""Reads of repositories, scans and findings, in the product's words."""

from typing import Any, Self

from django.db.models import Q

from codestax.common.querysets import TenantQuerySet


class ScanQuerySet(TenantQuerySet):
    def completed(self) -> Self:
        return self.filter(status="completed")


class FindingQuerySet(TenantQuerySet):
    def open(self) -> Self:
        return self.filter(closed_scan=None)

    def present_at(self, scan: Any) -> Self:
        """What `scan`'s branch held as of that scan, whoever had reported it."""
        return self.filter(
            Q(closed_scan=None) | Q(closed_scan__gt=scan.pk),
            repository=scan.repository_id,
            branch=scan.branch,
            opened_scan__lte=scan.pk,
        )
