from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers import (
    AuditCheckpointOut,
    AuditLogOut,
    StreamQuery,
    VerificationOut,
    VerificationQuery,
)
from audit.chains import ocsf_lines
from audit.models import AuditCheckpoint, AuditLogSaaS
from audit.parts import MOST_ENTRIES, verify_part
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


class CheckpointList(OrganizationScoped):
    """To be kept outside: with an old one, everything after it can be verified later."""

    @extend_schema(
        operation_id="audit_checkpoints_list",
        summary="List the signed checkpoints of the audit log",
        description="Newest first, each with the public key. docs/audit-log.md has the format.",
        parameters=PAGE_PARAMETERS,
        responses={200: page_schema(AuditCheckpointOut)} | errors(400),
    )
    def get(self, request: Request) -> Response:
        return paged(request, AuditCheckpoint.objects.of(self.organization), AuditCheckpoint.record)


class Verification(OrganizationScoped):
    """Whether the log holds, part by part; an outsider verifies an export instead."""

    @extend_schema(
        operation_id="audit_verify",
        summary="Verify the audit log",
        description=f"Looks at up to {MOST_ENTRIES:,} entries: at their hashes, at the checkpoints "
        "that signed them, and for gaps. Send `next_after` of the answer as `after` of the next "
        "request; the log holds when each part does. This is the server's own word: who does not "
        "take it keeps a checkpoint, and verifies an export with `verify.py`.",
        parameters=[VerificationQuery],
        responses={200: VerificationOut} | errors(400),
    )
    def get(self, request: Request) -> Response:
        query = VerificationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        part = verify_part(self.organization.pk, after=query.validated_data["after"])
        return Response(VerificationOut(part).data)


class Stream(OrganizationScoped):
    """The log for SIEMs: ask again with the cursor of the last answer."""

    @extend_schema(
        operation_id="audit_stream",
        summary="Follow the audit log as OCSF events",
        description="JSON lines, oldest first: API Activity, Authentication and Account Change of "
        "the Open Cybersecurity Schema Framework. Send `Next-Cursor` of the answer as `after` of "
        "the next request; an empty answer means that there is nothing new yet.",
        parameters=[StreamQuery],
        responses={
            (200, "application/x-ndjson"): OpenApiResponse(
                OpenApiTypes.STR, description="One event in a line."
            )
        }
        | errors(400),
    )
    def get(self, request: Request) -> HttpResponse:
        query = StreamQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked: dict[str, Any] = query.validated_data
        lines, cursor = ocsf_lines(self.organization.pk, **asked)
        return HttpResponse(
            "".join(lines),
            content_type="application/x-ndjson",
            headers={"Next-Cursor": str(cursor), "Cache-Control": "private, no-store"},
        )
