"""Filters of the lists; an unknown value is a 400 that names the field."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from scans.api.serializers import FINDING_CHECK_TYPES
from scans.domain.findings import Severity
from scans.models import Finding, Scan

_CHECK_TYPES = [(name, name) for name in FINDING_CHECK_TYPES]
_SEVERITIES = [(severity.value, severity.value) for severity in Severity]
_SUPPRESSED = [("true", "true"), ("false", "false"), ("all", "all")]


class DigitsField(forms.IntegerField):
    """A whole number in ASCII digits: Python also reads those of other scripts."""

    def to_python(self, value: Any) -> int | None:
        if value and not str(value).strip().isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        found: int | None = super().to_python(value)
        return found


class WholeNumberFilter(django_filters.Filter):
    field_class = DigitsField


class FindingFilter(django_filters.FilterSet):
    check_type = django_filters.MultipleChoiceFilter(choices=_CHECK_TYPES)
    severity = django_filters.MultipleChoiceFilter(choices=_SEVERITIES)
    tool = django_filters.CharFilter(lookup_expr="iexact")
    rule_id = django_filters.CharFilter()
    path = django_filters.CharFilter(lookup_expr="startswith")
    cwe = WholeNumberFilter(field_name="cwes", method="with_cwe", min_value=0, max_value=32767)
    suppressed = django_filters.ChoiceFilter(choices=_SUPPRESSED, method="by_suppression")

    class Meta:
        model = Finding
        fields: list[str] = []

    def with_cwe(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(cwes__contains=[value])

    def by_suppression(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset if value == "all" else queryset.filter(is_suppressed=value == "true")


class ScanFilter(django_filters.FilterSet):
    branch = django_filters.CharFilter()
    commit = django_filters.CharFilter()

    class Meta:
        model = Scan
        fields: list[str] = []
