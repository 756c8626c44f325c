"""What the API and the dashboard narrow the audit log by, and how an export reads it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from audit.domain.exports import EXPORTED_FIELDS
from audit.domain.moments import end_of, start_of
from audit.models import AuditLogSaaS
from codestax.common.tenancy import Scope, current_scope, scoped

_BATCH = 1000


class MomentField(forms.CharField):
    """An ISO 8601 date or datetime, read by `parse`."""

    def __init__(self, *, parse: Callable[[str], datetime], **options: Any) -> None:
        self.parse = parse
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError as error:
            raise ValidationError("Write an ISO 8601 date or datetime.") from error


class MomentFilter(django_filters.Filter):
    field_class = MomentField


class EmailField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        # No address has a space; it was a "+" that the client did not encode.
        return str(super().to_python(value)).replace(" ", "+")


class EmailFilter(django_filters.Filter):
    field_class = EmailField


class AuditLogFilter(django_filters.FilterSet):
    action = django_filters.CharFilter()
    actor = EmailFilter(field_name="actor_email", lookup_expr="iexact")

    @classmethod
    def get_filters(cls) -> Any:
        # `from` is no name that a class body can hold.
        return super().get_filters() | {
            "from": MomentFilter(field_name="created_at", lookup_expr="gte", parse=start_of),
            "to": MomentFilter(field_name="created_at", lookup_expr="lt", parse=end_of),
        }


def exported_entries(entries: QuerySet[AuditLogSaaS]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of EXPORTED_FIELDS, newest first, in memory for one batch.

    Each batch is a query of its own, since a client may take its time: a cursor would hold its
    connection's snapshot for as long. It is read when the request is over, so in the scope of its
    caller.
    """
    rows = entries.order_by("-pk").values_list(*EXPORTED_FIELDS)
    return _batches(rows, current_scope.get())


def _batches(rows: QuerySet[Any], scope: Scope | None) -> Iterator[tuple[Any, ...]]:
    batch = _read(rows, scope)
    while batch:
        yield from batch
        batch = _read(rows.filter(pk__lt=batch[-1][0]), scope)


def _read(rows: QuerySet[Any], scope: Scope | None) -> list[Any]:
    with scoped(scope):
        return list(rows[:_BATCH])
