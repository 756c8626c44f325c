"""Get the reports out of a request: a raw body or multipart files, gzip or not, within limits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import StopUpload, UploadFileException
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from codestax.common.errors import DomainError, ReportTooLargeError, UnsupportedReportError
from scans.domain.findings import ReportLimits
from scans.domain.github_form import github_form
from scans.domain.unpacking import SentReport, sent_report

RAW_TYPES = frozenset(
    {
        "application/sarif+json",
        "application/vnd.cyclonedx+json",
        "application/json",
        "application/x-ndjson",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
        "",
    }
)
_CHUNK = 1 << 20
_CUT_OFF = "The body did not arrive whole; send the request again."


@dataclass(frozen=True)
class Bodies:
    """The reports of a request.

    `named` are the fields (commit, branch) that stood in the body itself, as in GitHub's form.
    """

    sent: list[SentReport]
    named: dict[str, str]


def read_bodies(request: HttpRequest, limits: ReportLimits) -> Bodies:
    """Return the reports, looked through; raise a DomainError with the 4xx that fits."""
    _refuse_announced_size(request, limits)
    _refuse_encoding(request)
    media_type = (request.content_type or "").lower()
    if media_type == "multipart/form-data":
        return Bodies(_looked_through(_multipart(request, limits), limits), {})
    if media_type not in RAW_TYPES:
        raise UnsupportedReportError(
            f"Content-Type {media_type[:100]} is not read here: send the report as "
            "application/sarif+json or application/json, or several as multipart/form-data in the "
            "field 'file'."
        )
    return _raw(_joined(_body_chunks(request), limits), limits)


def _raw(body: bytes, limits: ReportLimits) -> Bodies:
    sent = sent_report(body, limits)
    form = github_form(sent, limits)
    if form is None:
        return Bodies([sent], {})
    named = {"commit": str(form.commit_sha), "branch": form.branch}
    return Bodies([sent_report(form.report(), limits)], named)


def _refuse_announced_size(request: HttpRequest, limits: ReportLimits) -> None:
    if _announced(request) > limits.sent_bytes:
        raise _too_large(limits)


def _announced(request: HttpRequest) -> int:
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced[:30]) if announced.isdecimal() else 0


def _too_large(limits: ReportLimits) -> ReportTooLargeError:
    return ReportTooLargeError(
        f"The body is over {limits.sent_bytes} bytes: compress it with gzip, or split it."
    )


def _refuse_encoding(request: HttpRequest) -> None:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "identity", ""):
        raise UnsupportedReportError("Content-Encoding must be gzip or left out.")


def _body_chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes; a chunked one too, where the server ends its stream."""
    stream: Any = request
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        stream = request.META["wsgi.input"]
    size = 0
    while chunk := _read(stream):
        size += len(chunk)
        yield chunk
    if size < _announced(request):
        raise DomainError(_CUT_OFF)


def _read(stream: Any) -> bytes:
    """Each server has errors of its own for a body that stops, or that is badly chunked."""
    try:
        return bytes(stream.read(_CHUNK))
    except Exception as error:
        raise DomainError(_CUT_OFF) from error


def _joined(chunks: Iterator[bytes], limits: ReportLimits) -> bytes:
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limits.sent_bytes:
            raise _too_large(limits)
        kept.append(chunk)
    return b"".join(kept)


def _multipart(request: HttpRequest, limits: ReportLimits) -> list[bytes]:
    try:
        files = request.FILES.getlist("file")
    except OSError as error:
        raise DomainError(_CUT_OFF) from error
    except (MultiPartParserError, UploadFileException, StopUpload) as error:
        raise DomainError("The multipart body cannot be read: check its boundary.") from error
    except SuspiciousOperation as error:
        raise DomainError(
            "The multipart body holds too many files or fields, or fields that are too long; send "
            f"at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files in one request."
        ) from error
    if not files:
        raise DomainError("Send the reports in the multipart field 'file'.", field="file")
    return [_joined(file.chunks(_CHUNK), limits) for file in files]


def _looked_through(bodies: list[bytes], limits: ReportLimits) -> list[SentReport]:
    """All of them together may hold as much as one."""
    sent: list[SentReport] = []
    left = limits.unpacked_bytes
    for body in bodies:
        sent.append(sent_report(body, replace(limits, unpacked_bytes=left)))
        left -= sent[-1].size
    return sent
