"""What an upload's request says beside its reports: fields, preferences, Idempotency-Key."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

from codestax.common.errors import DomainError
from scans.api.bodies import Bodies
from scans.api.serializers import ScanUploadIn
from scans.domain.formats import known
from scans.models import Repository
from scans.services import CommitFacts

# The draft has a quoted string there; most clients send it bare.
_IDEMPOTENCY_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
_SCAN_COLUMNS = (
    "quality_gate",
    "pull_requests_merged",
    "pull_requests_reviewed",
    "lines_of_code",
    "languages",
    "nothing_to_check",
)


@dataclass(frozen=True)
class UploadRequest:
    """The checked fields of an upload."""

    commit: CommitFacts
    declared_format: str
    covers: frozenset[str]


def upload_request(request: Request, repository: Repository, bodies: Bodies) -> UploadRequest:
    """Read the query, the form fields and what the body names; the query speaks first."""
    data = ScanUploadIn(data=_fields(request, bodies))
    data.is_valid(raise_exception=True)
    told = dict(data.validated_data)
    facts = {name: told[name] for name in _SCAN_COLUMNS if name in told}
    if "nothing_to_check" in facts:
        facts["nothing_to_check"] = sorted(facts["nothing_to_check"])
    commit = CommitFacts(
        branch=told.get("branch", repository.default_branch),
        commit=told.get("commit", ""),
        committed_at=told.get("committed_at"),
        facts=facts,
    )
    declared_format = told.get("format", "")
    if declared_format:
        # Now, and not when a worker gets to the report.
        known.named(declared_format)
    return UploadRequest(commit, declared_format, frozenset(told.get("covers", ())))


def _fields(request: Request, bodies: Bodies) -> QueryDict:
    fields = QueryDict(mutable=True)
    for source in (request._request.POST, request.query_params):
        for name in source:
            fields.setlist(name, source.getlist(name))
    for name, value in bodies.named.items():
        if fields.setdefault(name, value) != value:
            raise DomainError(
                f"The {name} in the query is not the one in the body; leave one out.", field=name
            )
    return fields


def prefers_async(request: Request) -> bool:
    """Whether `Prefer` asks for an answer before the work is done (RFC 7240, section 4.1)."""
    preferences = request.headers.get("Prefer", "").lower().split(",")
    return any(one.split(";")[0].strip() == "respond-async" for one in preferences)


def idempotency_key(request: Request) -> str:
    """Return the header Idempotency-Key, "" where there is none."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return ""
    found = _IDEMPOTENCY_KEY.fullmatch(header.strip())
    if found is None:
        raise DomainError(
            "An Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID."
        )
    return found.group(1)


def request_digest(request: Request, repository: Repository, bodies: Bodies) -> bytes:
    """What a request must be equal in to be the same one: everything but how it is packed."""
    fields: dict[str, Any] = dict(_fields(request, bodies).lists())
    told = [str(repository.pk), str(prefers_async(request)), repr(sorted(fields.items()))]
    whole = hashlib.sha256("\n".join(told).encode(errors="backslashreplace"))
    for report in bodies.sent:
        whole.update(report.digest)
    return whole.digest()
