"""What the OpenAPI document says of repositories, scans and findings."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from codestax.common.paging import PAGE_PARAMETERS, page_schema
from codestax.common.schema import MessageOut, errors
from scans.api.serializers import (
    FINDING_CHECK_TYPES,
    BranchQuery,
    FindingOut,
    RepositoryCreateIn,
    RepositoryOut,
    RepositoryUpdateIn,
    ScanOut,
    ScanUploadIn,
)
from scans.domain.findings import Severity

_FINDING_FILTERS = [
    OpenApiParameter("check_type", str, many=True, enum=FINDING_CHECK_TYPES),
    OpenApiParameter("severity", str, many=True, enum=[one.value for one in Severity]),
    OpenApiParameter("tool", str),
    OpenApiParameter("rule_id", str),
    OpenApiParameter("path", str, description="The start of the path."),
    OpenApiParameter("cwe", int),
    OpenApiParameter(
        "suppressed", str, enum=["true", "false", "all"], description="Default: false."
    ),
    *PAGE_PARAMETERS,
]

list_repositories = extend_schema(
    operation_id="list_repositories",
    summary="List repositories",
    parameters=PAGE_PARAMETERS,
    responses={200: page_schema(RepositoryOut), **errors(400)},
)
create_repository = extend_schema(
    operation_id="create_repository",
    summary="Register a repository",
    request=RepositoryCreateIn,
    responses={201: RepositoryOut, **errors(400, 403)},
)
read_repository = extend_schema(
    operation_id="read_repository",
    summary="Read a repository",
    responses={200: RepositoryOut, **errors(404)},
)
update_repository = extend_schema(
    operation_id="update_repository",
    summary="Change a repository",
    request=RepositoryUpdateIn,
    responses={200: RepositoryOut, **errors(400, 403, 404)},
)
delete_repository = extend_schema(
    operation_id="delete_repository",
    summary="Delete a repository with its scans",
    responses={200: MessageOut, **errors(403, 404)},
)
list_scans = extend_schema(
    operation_id="list_scans",
    summary="List a repository's scans, newest first",
    parameters=[
        OpenApiParameter("branch", str),
        OpenApiParameter("commit", str),
        *PAGE_PARAMETERS,
    ],
    responses={200: page_schema(ScanOut), **errors(400, 404)},
)
upload_scan = extend_schema(
    operation_id="upload_scan",
    summary="Upload scanner reports for a commit",
    description=(
        "The body is one report, plain or gzip, or several as multipart files named `file`: SARIF "
        "2.1.0, or another scanner's JSON that is told by its content (415 lists them), or "
        "GitHub's form `{commit_sha, ref, sarif}`. Uploads for the same branch and commit are one "
        "scan. When this answers 201, the score is the new one. With `Prefer: respond-async` it "
        "answers 202, and `Location` tells how far a worker has come."
    ),
    parameters=[
        ScanUploadIn,
        OpenApiParameter(
            "Prefer", str, OpenApiParameter.HEADER, description="`respond-async`: do it later."
        ),
        OpenApiParameter(
            "Idempotency-Key",
            str,
            OpenApiParameter.HEADER,
            description="The same key and request again get the first answer, for 24 hours.",
        ),
    ],
    request={
        "application/sarif+json": OpenApiTypes.OBJECT,
        "application/gzip": OpenApiTypes.BINARY,
        "multipart/form-data": {
            "type": "object",
            "properties": {
                "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
            },
            "required": ["file"],
        },
    },
    responses={201: ScanOut, 202: ScanOut, **errors(400, 403, 404, 409, 413, 415, 422)},
)
read_scan = extend_schema(
    operation_id="read_scan", summary="Read a scan", responses={200: ScanOut, **errors(404)}
)
list_scan_findings = extend_schema(
    operation_id="list_scan_findings",
    summary="List the findings that a scan's branch held as of it",
    parameters=_FINDING_FILTERS,
    responses={200: page_schema(FindingOut), **errors(400, 404)},
)
list_findings = extend_schema(
    operation_id="list_findings",
    summary="List a repository's open findings",
    parameters=[BranchQuery, *_FINDING_FILTERS],
    responses={200: page_schema(FindingOut), **errors(400, 404)},
)
