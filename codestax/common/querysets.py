"""The base of every query set over rows of one organization."""

from typing import Any, Self

from django.db import models


class TenantQuerySet(models.QuerySet[Any]):
    """For models with an `org` foreign key; every query of the product starts with `of()`."""

    def of(self, organization: models.Model) -> Self:
        return self.filter(org=organization.pk)
