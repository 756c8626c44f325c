"""Get the reports out of a request: a raw body or multipart files, gzip or not, within limits."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, UploadFileException
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from codestax.common.errors import DomainError, ReportTooLargeError, UnsupportedReportError
from scans.domain.findings import ReportLimits
from scans.domain.ingest import unpack

RAW_TYPES = frozenset(
    {
        "application/sarif+json",
        "application/json",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
        "",
    }
)
_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


def upload_limits() -> ReportLimits:
    return ReportLimits(
        sent_bytes=settings.UPLOAD_MAX_SENT_BYTES,
        unpacked_bytes=settings.UPLOAD_MAX_UNPACKED_BYTES,
        results=settings.UPLOAD_MAX_RESULTS,
    )


def read_payloads(request: HttpRequest, limits: ReportLimits) -> list[bytes]:
    """Return the unpacked reports; raise a DomainError with the 4xx that fits."""
    _refuse_announced_size(request, limits)
    _refuse_encoding(request)
    media_type = (request.content_type or "").lower()
    if media_type == "multipart/form-data":
        return _multipart(request, limits)
    if media_type not in RAW_TYPES:
        raise UnsupportedReportError(
            f"Content-Type {media_type[:100]} is not read here: send the report as "
            "application/sarif+json, or several as multipart/form-data in the field 'file'."
        )
    return [_unpacked(_body_chunks(request), limits)]


def _refuse_announced_size(request: HttpRequest, limits: ReportLimits) -> None:
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and int(announced) > limits.sent_bytes:
        raise ReportTooLargeError(
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
    while chunk := stream.read(_CHUNK):
        yield chunk


def _multipart(request: HttpRequest, limits: ReportLimits) -> list[bytes]:
    try:
        files = request.FILES.getlist("file")
    except (MultiPartParserError, UploadFileException, StopUpload) as error:
        raise DomainError("The multipart body cannot be read: check its boundary.") from error
    if not files:
        raise DomainError("Send the reports in the multipart field 'file'.", field="file")
    payloads: list[bytes] = []
    for file in files:
        payloads.append(_unpacked(file.chunks(_CHUNK), limits))
        if sum(map(len, payloads)) > limits.unpacked_bytes:
            raise ReportTooLargeError(
                f"The reports hold over {limits.unpacked_bytes} bytes together: split them."
            )
    return payloads


def _unpacked(chunks: Iterator[bytes], limits: ReportLimits) -> bytes:
    """Gzip is told by its first bytes: clients forget the header, or name a file .gz."""
    first = next(chunks, b"")
    return unpack(_chain(first, chunks), gzipped=first[:2] == _GZIP_MAGIC, limits=limits)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
