"""What a report must pass before a decoder sees it: its cost is bounded by the bytes alone."""

import re

from codestax.common.errors import ReportTooLargeError
from scans.domain.findings import ReportLimits

# The escapes that matter to where a string ends.
_ESCAPE = re.compile(rb'\\[\\"]')
# Every bracket becomes an opening or a closing one, quotes stay, all other bytes go.
_STRUCTURE = bytes.maketrans(b"{}", b"[]")
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in b'{}[]"')


def check_size(payload: bytes, limits: ReportLimits) -> None:
    """Refuse a report of too many bytes or too many arrays and objects."""
    if len(payload) > limits.unpacked_bytes:
        raise ReportTooLargeError(
            f"The report is larger than {limits.unpacked_bytes:,} bytes; upload it in parts, "
            "one for each directory or category."
        )
    if payload.count(b"{") + payload.count(b"[") > limits.brackets:
        raise ReportTooLargeError(
            f"The report holds more than {limits.brackets:,} objects and arrays; upload it in "
            "parts, one for each directory or category."
        )


def check_depth(payload: bytes, limits: ReportLimits) -> None:
    """Refuse a report that nests deeper than the limit.

    Works on whole byte strings, as a loop over 100 MB would take a minute: each pass takes the
    innermost pairs away, so the number of passes is the depth. Text that is no JSON may pass;
    the decoder refuses it, and has a guard of its own against recursion.
    """
    too_deep = b"[" * (limits.depth + 1)
    structure = _structure_of(payload)
    for _ in range(limits.depth):
        if too_deep in structure:
            break
        shorter = structure.replace(b"[]", b"")
        if len(shorter) == len(structure):
            return
        structure = shorter
    if too_deep in structure or b"[]" in structure:
        raise ReportTooLargeError(f"The report nests deeper than {limits.depth} levels.")


def _structure_of(payload: bytes) -> bytes:
    unescaped = _ESCAPE.sub(b"", payload) if b"\\" in payload else payload
    marks = unescaped.translate(_STRUCTURE, _OTHER_BYTES)
    # Dropping a pair of neighbouring quotes leaves it as it was what lies inside a string and what
    # outside; the brackets that lie inside are every second part.
    return b"".join(marks.replace(b'""', b"").split(b'"')[::2])
