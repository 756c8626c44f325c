from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers import AuditLogOut
from audit.models import AuditLogSaaS
from audit.queries import AuditLogFilter
from codestax.common.api import filtered
from codestax.common.paging import PAGE_PARAMETERS, page_schema, paged
from codestax.common.schema import errors
from orgs.api.scoping import OrganizationScoped

_MOMENT = "ISO 8601 date or datetime, UTC where it has no offset."
_FILTERS = [
    OpenApiParameter("action", str, description="An action code, e.g. API_KEY_CREATED."),
    OpenApiParameter("actor", OpenApiTypes.EMAIL, description="The actor's email, in any case."),
    OpenApiParameter("from", str, description=f"Entries since then. {_MOMENT}"),
    OpenApiParameter("to", str, description=f"Entries until then, a whole day. {_MOMENT}"),
]


class AuditLogList(OrganizationScoped):
    """Who changed what, from where: for every member, auditors included."""

    @extend_schema(
        operation_id="audit_logs_list",
        summary="List the audit log",
        description="Newest first. Filters combine.",
        parameters=[*_FILTERS, *PAGE_PARAMETERS],
        responses={200: page_schema(AuditLogOut)} | errors(400),
    )
    def get(self, request: Request) -> Response:
        entries = AuditLogSaaS.objects.of(self.organization)
        return paged(request, filtered(AuditLogFilter, request, entries), AuditLogOut)
