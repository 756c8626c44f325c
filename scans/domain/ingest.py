"""From an upload's bytes to runs: unpacking, limits, and the choice of the format."""

import gc
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from msgspec import UNSET, MsgspecError, Raw

from codestax.common.errors import (
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain.findings import ParsedRun, ReportLimits
from scans.domain.formats import sarif
from scans.domain.formats.sarif_structs import Head
from scans.domain.guards import check_depth, check_size

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_PIECE = 1 << 20
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BY_MAGIC = (
    (_GZIP, "The report is packed with gzip; send it with `Content-Encoding: gzip`."),
    (b"PK", "The report is a zip archive; upload the report inside it, or pack it with gzip."),
    (b"<", "The report is XML or an HTML page, not JSON; let the scanner write SARIF 2.1.0."),
)
_NOT_JSON = "The report is not valid JSON; it may have been cut off or mixed with other output."
# An escaped half of a character: a first half without a second, or a second without a first.
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u[dD](?:"
    rb"[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)


def unpack(chunks: Iterable[bytes], *, gzipped: bool, limits: ReportLimits) -> bytes:
    """Join an upload's chunks, unpacked if need be; stops as soon as a limit is passed.

    Raises ReportTooLargeError, and ReportFormatError for a broken gzip stream.
    """
    sent = _limited(chunks, limits.sent_bytes, "as sent")
    parts = _limited(_unzipped(sent), limits.unpacked_bytes, "unpacked")
    return b"".join(parts if gzipped else sent)


def _limited(chunks: Iterable[bytes], limit: int, what: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise ReportTooLargeError(
                f"The report is larger than {limit:,} bytes {what}; upload it in parts, one for "
                "each directory or category."
            )
        yield chunk


def _unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack one gzip member after another, a small piece at a time."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        rest, is_full = chunk, False
        while rest or is_full:
            if member.eof:
                member = zlib.decompressobj(_GZIP_WINDOW)
            piece = _decompressed(member, rest)
            yield piece
            # A full piece may leave some more behind, even where no input is left.
            is_full = len(piece) == _PIECE and not member.eof
            rest = member.unused_data or member.unconsumed_tail
    if not member.eof:
        raise ReportFormatError("The gzip stream ends early; upload the whole file.")


def _decompressed(member: "zlib._Decompress", content: bytes) -> bytes:
    try:
        return member.decompress(content, _PIECE)
    except zlib.error as error:
        raise ReportFormatError(
            "The gzip stream is damaged or followed by something else; pack the report again."
        ) from error


def parse(payload: bytes, *, limits: ReportLimits) -> list[ParsedRun]:
    """Read a report of any known format: one ParsedRun for each tool and category.

    Raises ReportFormatError, ReportTooLargeError or UnsupportedReportError, and nothing else,
    whatever the bytes are.
    """
    text = _as_utf8(payload, limits)
    check_size(text, limits)
    check_depth(text, limits)
    try:
        with _no_collection():
            return _parse_json(text, limits)
    except RecursionError as error:
        raise ReportTooLargeError(f"The report nests deeper than {limits.depth} levels.") from error
    except UnicodeError as error:
        raise ReportFormatError("The report is not encoded in UTF-8.") from error
    except MsgspecError as error:
        raise ReportFormatError(_NOT_JSON) from error


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector: a report is a million objects, and no cycle among them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _as_utf8(payload: bytes, limits: ReportLimits) -> bytes:
    if payload.startswith(_UTF16_MARKS):
        check_size(payload, limits)
        try:
            return payload.decode("utf-16").encode()
        except UnicodeError as error:
            raise ReportFormatError("The report is neither UTF-8 nor valid UTF-16.") from error
    return payload.removeprefix(_UTF8_MARK)


def _parse_json(text: bytes, limits: ReportLimits) -> list[ParsedRun]:
    try:
        return _parse_known(text, limits)
    except MsgspecError:
        repaired = _without_lone_surrogates(text)
        if repaired == text:
            _refuse_by_beginning(text)
            raise
    return _parse_known(repaired, limits)


def _without_lone_surrogates(text: bytes) -> bytes:
    """Valid JSON may escape half of a character, which the decoder does not take."""
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _LONE_SURROGATE.sub(rb"\1\\ufffd", text)


def _refuse_by_beginning(text: bytes) -> None:
    beginning = text[:100].lstrip()
    if not beginning:
        raise ReportFormatError("The report is empty; upload the file that the scanner wrote.")
    for magic, message in _BY_MAGIC:
        if beginning.startswith(magic):
            raise ReportFormatError(message)


def _parse_known(text: bytes, limits: ReportLimits) -> list[ParsedRun]:
    head = sarif.decode(text, Head, at="$")
    if head.runs is not UNSET:
        return sarif.parse(text, head, limits)
    for name, mark in _other_formats(head):
        if mark:
            raise UnsupportedReportError(
                f"{name} reports cannot be read; let the scanner write SARIF {sarif.VERSION}."
            )
    raise ReportFormatError(
        f"The report is JSON, but not SARIF {sarif.VERSION}: $.runs is missing."
    )


def _other_formats(head: Head) -> tuple[tuple[str, Raw], ...]:
    return (
        ("CycloneDX", head.bom_format),
        ("SPDX", head.spdx_version),
        ("detect-secrets", head.plugins_used),
        ("pip-audit", head.dependencies),
        ("ShellCheck", head.comments),
    )
