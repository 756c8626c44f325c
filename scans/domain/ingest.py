"""From a report's bytes to runs: limits, and the choice of the format."""

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from msgspec import MsgspecError

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import ParsedRun, ReportLimits
from scans.domain.formats import known
from scans.domain.guards import check_size, check_structure
from scans.domain.memo import Memory
from scans.domain.union import Reading, united
from scans.domain.unpacking import GZIP_MARK

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BY_MAGIC = (
    (GZIP_MARK, "The report is packed with gzip; send it with `Content-Encoding: gzip`."),
    (b"PK", "The report is a zip archive; upload the report inside it, or pack it with gzip."),
    (b"<", "The report is XML or an HTML page, not JSON; let the scanner write SARIF 2.1.0."),
)
_NOT_JSON = "The report is not valid JSON; it may have been cut off or mixed with other output."
# A report with more halves of characters than this is not worth its repair.
_MOST_REPAIRS = 100_000
# An escaped half of a character: a first half without a second, or a second without a first.
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\){0,100})\\u[dD](?:"
    rb"[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)


def parse(
    payload: bytes,
    *,
    limits: ReportLimits,
    format: str = "",  # noqa: A002
    memory: Memory | None = None,
) -> list[ParsedRun]:
    """Read one report, as parse_all() does."""
    return parse_all([payload], limits, format, memory)


def parse_all(
    payloads: Sequence[bytes],
    limits: ReportLimits,
    declared_format: str = "",
    memory: Memory | None = None,
) -> list[ParsedRun]:
    """Read the reports of one request: one ParsedRun for each tool and category.

    Their format is told by their content. `declared_format`, a key of formats.known, is for clean
    reports that do not show theirs; it must be that of all reports. Raises ReportFormatError,
    ReportTooLargeError or UnsupportedReportError, whatever the bytes are, and DomainError for a
    format that does not exist.

    With a `memory` a single SARIF report may be read by its differences to the one before
    (ParsedRun.rest); several may hold parts of one tool's report, and are read whole.
    """
    declared = known.named(declared_format) if declared_format else None
    with _no_collection():
        return united(_all(payloads, limits, declared, memory if len(payloads) == 1 else None))


def _all(
    payloads: Sequence[bytes],
    limits: ReportLimits,
    declared: known.Format | None,
    memory: Memory | None,
) -> Iterator[Reading]:
    """Read one report after another; what one holds is no longer left for the next."""
    for payload in payloads:
        readings = _read(payload, limits, declared, memory)
        yield from readings
        results = sum(len(one.drafts) + one.ignored.total() for one in readings)
        limits = replace(limits, results=limits.results - results)


def _read(
    payload: bytes, limits: ReportLimits, declared: known.Format | None, memory: Memory | None
) -> list[Reading]:
    text = _as_utf8(payload, limits)
    check_size(text, limits)
    check_structure(text, limits)
    try:
        return _read_json(text, limits, declared, memory)
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
        # In memory it is held three times: as sent, as characters, and in UTF-8.
        check_size(payload, replace(limits, unpacked_bytes=limits.unpacked_bytes // 3))
        try:
            return payload.decode("utf-16").encode()
        except UnicodeError as error:
            raise ReportFormatError("The report is neither UTF-8 nor valid UTF-16.") from error
    return payload.removeprefix(_UTF8_MARK)


def _read_json(
    text: bytes, limits: ReportLimits, declared: known.Format | None, memory: Memory | None
) -> list[Reading]:
    try:
        return known.recognised(text, declared).read(text, limits, memory)
    except MsgspecError:
        repaired = _without_lone_surrogates(text)
        if repaired == text:
            _refuse_by_beginning(text)
            raise
    return known.recognised(repaired, declared).read(repaired, limits, memory)


def _without_lone_surrogates(text: bytes) -> bytes:
    """Valid JSON may escape half of a character, which the decoder does not take."""
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _LONE_SURROGATE.sub(rb"\1\\ufffd", text, count=_MOST_REPAIRS)


def _refuse_by_beginning(text: bytes) -> None:
    beginning = text[:100].lstrip()
    for magic, message in _BY_MAGIC:
        if beginning.startswith(magic):
            raise ReportFormatError(message)
