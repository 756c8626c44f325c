"""/dashboard/audit-logs: who changed what, from where; and the same as a file."""

from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase

from audit import services, verify
from audit.chains import export_lines, newest_checkpoint, selection_lines
from audit.domain.exports import csv_entry, csv_header
from audit.models import AuditLogSaaS
from audit.pages.entries import shown_entries
from audit.pages.forms import offer
from audit.queries import AuditLogFilter, exported_entries
from codestax.common.errors import DomainError
from orgs.domain.roles import Role
from orgs.pages.paging import list_page
from orgs.pages.scoping import OrganizationPage

_FILTERS = tuple(AuditLogFilter.base_filters)


class AuditLog(OrganizationPage):
    """The log for every member, auditors included; newest first, narrowed by the query."""

    template_name = "dashboard/audit_logs.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        filters = self.filtered(request.GET)
        offer(filters.form)
        is_valid = filters.is_valid()
        page = list_page(request, filters.qs) if is_valid else None
        context = self.get_context_data(
            form=filters.form,
            page=page,
            entries=shown_entries(page.rows) if page else [],
            filters=_chosen(request.GET),
            signed=newest_checkpoint(self.organization.pk),
        )
        return self.render_to_response(context, status=200 if is_valid else 400)

    def filtered(self, query: QueryDict) -> AuditLogFilter:
        return AuditLogFilter(query, queryset=AuditLogSaaS.objects.of(self.organization))


class AuditLogExport(AuditLog):
    """What is filtered, as a file. Reading it leaves an entry, so it takes a form's POST."""

    http_method_names = ["post"]
    write_role = Role.VIEWER
    form = ""
    content_type = ""
    # The whole of it: nothing that anybody wrote is part of a file's name.
    file_name = ""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        filters = self.filtered(request.POST)
        if not filters.is_valid():
            raise DomainError("The filter is not valid: write dates as YYYY-MM-DD.")
        chosen = _chosen(request.POST)
        services.record_export(organization=self.organization, form=self.form, filters=chosen)
        lines = _in_this_context(self.lines(filters.qs, chosen))
        answer = StreamingHttpResponse(lines, content_type=self.content_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{self.file_name}"'
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    def lines(self, entries: QuerySet[AuditLogSaaS], filters: dict[str, str]) -> Iterator[str]:
        raise NotImplementedError


class CsvExport(AuditLogExport):
    form, file_name = "csv", "audit-log.csv"
    content_type = "text/csv; charset=utf-8; header=present"

    def lines(self, entries: QuerySet[AuditLogSaaS], filters: dict[str, str]) -> Iterator[str]:
        yield csv_header()
        yield from map(csv_entry, exported_entries(entries))


class JsonLinesExport(AuditLogExport):
    form, file_name = "jsonl", "audit-log.jsonl"
    content_type = "application/x-ndjson"

    def lines(self, entries: QuerySet[AuditLogSaaS], filters: dict[str, str]) -> Iterator[str]:
        """The whole log from the oldest entry on, or what is filtered, newest first."""
        if filters:
            return selection_lines(self.organization.pk, entries, filters)
        return export_lines(self.organization.pk)


class Verifier(OrganizationPage):
    """The script that verifies an export, to take along."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            Path(verify.__file__).read_bytes(),
            content_type="text/x-python; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="verify.py"'},
        )


def _in_this_context(lines: Iterator[str]) -> Iterator[str]:
    """Read them when the request is over as if it were not: its context variables still hold."""
    context = copy_context()
    return iter(lambda: context.run(next, lines, ""), "")


def _chosen(query: QueryDict) -> dict[str, str]:
    """The filters that narrow the list, as they were sent."""
    return {name: str(query[name]) for name in _FILTERS if query.get(name)}
