"""Reports as they are sent: gzip or not, unpacked piece by piece within limits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from isal import isal_zlib

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import ReportLimits

GZIP_MARK = b"\x1f\x8b"
_GZIP_WINDOW = 16 + isal_zlib.MAX_WBITS
_PIECE = 1 << 20
_SLICE = 1 << 14
# Tools that pack in blocks write a member for each 64 KB.
_MOST_MEMBERS = 10_000
_EDGE_BYTES = 1 << 12


@dataclass(frozen=True)
class SentReport:
    """A report that was looked through but is not kept unpacked, which may take ten times the room.

    `size`, `digest` (SHA-256), `start` and `end` (4 KB each at most) are those of what is in it.
    """

    content: bytes
    size: int
    digest: bytes
    start: bytes
    end: bytes

    def payload(self, limits: ReportLimits) -> bytes:
        """Return the report unpacked."""
        return unpack([self.content], gzipped=is_gzip(self.content), limits=limits)


def sent_report(content: bytes, limits: ReportLimits) -> SentReport:
    """Look through a report, gzip or not. Raises what unpack() raises."""
    size, digest, start, end = 0, sha256(), b"", b""
    for piece in _pieces([content], limits, gzipped=is_gzip(content)):
        size += len(piece)
        digest.update(piece)
        if len(start) < _EDGE_BYTES:
            start = (start + piece[:_EDGE_BYTES])[:_EDGE_BYTES]
        end = (end + piece[-_EDGE_BYTES:])[-_EDGE_BYTES:]
    return SentReport(content, size, digest.digest(), start, end)


def is_gzip(content: bytes) -> bool:
    """Told by the first bytes: clients forget the header, or name a file .gz."""
    return content.startswith(GZIP_MARK)


def unpack(chunks: Iterable[bytes], *, gzipped: bool, limits: ReportLimits) -> bytes:
    """Join an upload's chunks, unpacked if need be; stops as soon as a limit is passed.

    Raises ReportTooLargeError, and ReportFormatError for a broken gzip stream.
    """
    # To join a list of all pieces would need twice the memory.
    whole = BytesIO()
    whole.writelines(_pieces(chunks, limits, gzipped=gzipped))
    return whole.getvalue()


def _pieces(chunks: Iterable[bytes], limits: ReportLimits, *, gzipped: bool) -> Iterator[bytes]:
    sent = _limited(chunks, limits.sent_bytes, "as sent")
    return _limited(_unzipped(sent), limits.unpacked_bytes, "unpacked") if gzipped else sent


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
    member = isal_zlib.decompressobj(_GZIP_WINDOW)
    members = 1
    for piece in (part for chunk in chunks for part in _slices(chunk)):
        rest, is_full = piece, False
        while rest or is_full:
            if member.eof:
                member = isal_zlib.decompressobj(_GZIP_WINDOW)
                members += 1
            unpacked = _decompressed(member, rest)
            yield unpacked
            # A full piece may leave some more behind, even where no input is left.
            is_full = len(unpacked) == _PIECE and not member.eof
            rest = member.unused_data or member.unconsumed_tail
        if members > _MOST_MEMBERS:
            raise ReportTooLargeError(
                f"The gzip stream has more than {_MOST_MEMBERS:,} members; pack the report in one."
            )
    if not member.eof:
        raise ReportFormatError("The gzip stream ends early; upload the whole file.")


def _slices(chunk: bytes) -> Iterator[bytes]:
    """Small parts, as the end of each gzip member copies what follows it in its part."""
    return (chunk[start : start + _SLICE] for start in range(0, len(chunk), _SLICE))


def _decompressed(member: isal_zlib.Decompress, content: bytes) -> bytes:
    try:
        return member.decompress(content, _PIECE)
    except isal_zlib.error as error:  # type: ignore[misc]  # a stub's slip
        raise ReportFormatError(
            "The gzip stream is damaged or followed by something else; pack the report again."
        ) from error
