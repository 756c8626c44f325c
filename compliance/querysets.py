"""Reads of an organization's compliance configuration."""

from typing import Self

from codestax.common.querysets import TenantQuerySet


class PolicyVersionQuerySet(TenantQuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-id")
