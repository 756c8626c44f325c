"""What a report must pass before a decoder sees it: its cost is bounded by the bytes alone."""

import re
from collections.abc import Iterator
from itertools import accumulate

from codestax.common.errors import ReportTooLargeError
from scans.domain.findings import ReportLimits

_PIECE = 1 << 15
_BACKSLASHES = re.compile(rb"\\*")
# Every bracket becomes an opening or a closing one; beside them quotes and commas stay.
_STRUCTURE = bytes.maketrans(b"{}", b"[]")
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in b'{}[]",')
# Scanners write 12 bytes and more for each value: a large report may hold more of them than a
# small one.
_BYTES_A_VALUE = 8
# More levels than scanners write are counted one bracket at a time.
_USUAL_DEPTH = 16
# As numbers of a byte string: this less an opening bracket is 1, less a closing one -1.
_BETWEEN_BRACKETS = (ord("[") + ord("]")) // 2


def check_size(payload: bytes, limits: ReportLimits) -> None:
    """Refuse a report of too many bytes with ReportTooLargeError."""
    if len(payload) > limits.unpacked_bytes:
        raise _too_large(f"is larger than {limits.unpacked_bytes:,} bytes")


def check_structure(payload: bytes, limits: ReportLimits) -> None:
    """Refuse a report of too many values (objects and arrays among them), or too many levels.

    Raises ReportTooLargeError as soon as a limit is passed. Text that is no JSON may pass; the
    decoder refuses it.
    """
    most = max(limits.values, len(payload) // _BYTES_A_VALUE)
    nesting: list[bytes] = []
    marks = 0
    for outline in _outlines(payload):
        nesting.append(outline.translate(None, b","))
        # A comma stands for one value, and so does a pair of brackets.
        marks += 2 * len(outline) - len(nesting[-1])
        if marks > 2 * most:
            raise _too_large(f"holds more than {most:,} values")
    if _depth(b"".join(nesting)) > limits.depth:
        raise ReportTooLargeError(f"The report nests deeper than {limits.depth} levels.")


def _too_large(what: str) -> ReportTooLargeError:
    return ReportTooLargeError(
        f"The report {what}; upload it in parts, one for each directory or category."
    )


def _outlines(payload: bytes) -> Iterator[bytes]:
    """Piece by piece, the brackets and commas of a report that stand outside of its strings.

    Works on whole byte strings, as a loop over 100 MB would take a minute.
    """
    in_string = False
    for piece in _pieces(payload):
        plain = _without_escapes(piece)
        # A pair of neighbouring quotes says nothing on where the bytes around it lie. Of the parts
        # between the others, every second one is text.
        parts = plain.translate(_STRUCTURE, _OTHER_BYTES).replace(b'""', b"").split(b'"')
        yield b"".join(parts[in_string::2])
        in_string ^= len(parts) % 2 == 0


def _pieces(payload: bytes) -> Iterator[bytes]:
    """Cut a report into pieces, never inside an escape."""
    start = 0
    while start < len(payload):
        run = _BACKSLASHES.match(payload, start + _PIECE)
        end = run.end() + 1 if run else len(payload)
        yield payload[start:end]
        start = end


def _without_escapes(piece: bytes) -> bytes:
    """Drop the escapes that matter to where a string ends."""
    # Most pieces hold none, which one byte tells many times faster than two.
    if b"\\" not in piece or rb"\"" not in piece:
        return piece
    return piece.replace(rb"\\", b"").replace(rb"\"", b"")


def _depth(nesting: bytes) -> int:
    """How deep brackets nest: each pass takes the innermost pairs, and so one level, away."""
    passes = 0
    while passes < _USUAL_DEPTH and b"[]" in nesting:
        nesting = nesting.replace(b"[]", b"")
        passes += 1
    levels = accumulate(map(_BETWEEN_BRACKETS.__sub__, nesting))
    return passes + max(levels, default=0)
