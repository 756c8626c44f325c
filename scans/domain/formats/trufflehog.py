"""TruffleHog's JSON lines: of version 3 (its `pkg/output/json.go`), and older ones.

One object a line. Where errors go into the same file, log entries stand between the findings: they
tell whether the run came to its end. Neither the secret, in any of its forms, nor the author's
address is decoded, nor the extra data that a detector learned with the secret.
"""

from collections.abc import Iterator
from io import BytesIO

from msgspec import Struct, field

from codestax.common.errors import ReportFormatError
from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import Scalar
from scans.domain.union import Reading

_NAME = "TruffleHog"
_DRIVER = "trufflehog"  # as in its SARIF
_LOGGER = "trufflehog"
_FINISHED = "finished scanning"
# Levels of its logger, zap, above a warning.
_FAILURES = ("error", "dpanic", "panic", "fatal")


class Place(Struct, gc=False):
    """Where a source holds the secret: what most messages of `source_metadata.proto` share."""

    file: Scalar = None
    filename: Scalar = None
    image: Scalar = None
    bucket: Scalar = None
    line: Scalar = None


class Metadata(Struct, gc=False):
    """The place, under the name of the kind of source: Git, Github, Filesystem, Docker ..."""

    data: dict[str, Place | None] | None = field(default=None, name="Data")


class Line(Struct, gc=False):
    """A finding, a finding of version 2 (`reason`, `path`), or an entry of the log."""

    metadata: Metadata | None = field(default=None, name="SourceMetadata")
    detector_name: Scalar = field(default=None, name="DetectorName")
    detector_type: Scalar = field(default=None, name="DetectorType")
    is_verified: Scalar = field(default=None, name="Verified")
    reason: Scalar = None
    path: Scalar = None
    level: Scalar = None
    logger: Scalar = None
    msg: Scalar = None
    version: Scalar = field(default=None, name="trufflehog_version")

    @property
    def is_logged(self) -> bool:
        return text_of(self.logger).split(".")[0] == _LOGGER


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run. Without a log, which is elsewhere then, it counts as complete.

    A log must end the scan and hold no error. Raises ReportFormatError and ReportTooLargeError.
    """
    report = PlainReport(_DRIVER, limits)
    log = _Log()
    for number, line in _lines(text):
        if line.is_logged:
            log.read(line)
        else:
            report.secret(_entry(line, number))
    report.version = log.version
    return [report.parsed(is_complete=log.is_complete)]


class _Log:
    """What the entries of a log tell of the run."""

    def __init__(self) -> None:
        self.version = ""
        self._is_there = False
        self._is_finished = False
        self._has_failed = False

    def read(self, line: Line) -> None:
        self.version = text_of(line.version) or self.version
        self._is_there = True
        self._is_finished = self._is_finished or line.msg == _FINISHED
        self._has_failed = self._has_failed or line.level in _FAILURES

    @property
    def is_complete(self) -> bool:
        return not self._has_failed and (self._is_finished or not self._is_there)


def _lines(text: bytes) -> Iterator[tuple[int, Line]]:
    for number, content in enumerate(BytesIO(text), start=1):
        if not content.isspace():
            yield number, decode(content, Line, name=_NAME, at=f"line {number}, $")


def _entry(line: Line, number: int) -> Entry:
    if line.metadata is None and line.reason is None:
        raise ReportFormatError(
            f"The report is not valid {_NAME} JSON: line {number} is neither a finding nor an "
            "entry of its log."
        )
    places = (line.metadata.data if line.metadata else None) or {}
    place = next(filter(None, places.values()), Place())
    names = map(id_of, (line.detector_name, line.reason, line.detector_type))
    rule_id = next(filter(None, names), "unknown")
    is_verified = line.is_verified is True
    return Entry(
        rule_id=rule_id,
        path=text_of(line.path) or _path(place),
        line=place.line,
        message=f"{rule_id}, verified to be in use" if is_verified else rule_id,
        is_verified=is_verified,
    )


def _path(place: Place) -> str:
    """The file; with its image or bucket, where one run looks into several."""
    file = text_of(place.file) or text_of(place.filename)
    holder = text_of(place.image) or text_of(place.bucket)
    return f"{holder}/{file.lstrip('/')}" if holder else file
