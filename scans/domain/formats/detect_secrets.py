"""The baseline of detect-secrets (its `core/baseline.py`), which is also what its scan prints.

Secrets by file, each with the SHA-1 of its value: a short secret can be guessed from that, so it
is not decoded.
"""

from typing import TypeVar

from msgspec import Raw, Struct

from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import ABSENT, Scalar, Skipped
from scans.domain.union import Reading

_NAME = "detect-secrets"

T = TypeVar("T")


class Secret(Struct, gc=False):
    """A secret; `is_secret` is what a person said of it in an audit, if any."""

    type: Scalar = None
    line_number: Scalar = None
    is_secret: Scalar = None
    is_verified: Scalar = None


class Baseline(Struct, gc=False):
    """The outermost object."""

    version: Scalar = None
    plugins_used: list[Skipped] | None = None
    results: Raw = ABSENT


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a baseline: one run, complete if it had plugins to look with.

    What an audit found to be no secret is suppressed. Raises ReportFormatError and
    ReportTooLargeError.
    """
    baseline = decode(text, Baseline, name=_NAME)
    report = PlainReport(_NAME, limits, version=text_of(baseline.version))
    report.check_room(sum(map(len, _by_path(baseline.results, Skipped).values())))
    for path, secrets in _by_path(baseline.results, Secret).items():
        for secret in secrets:
            report.secret(_entry(secret, path))
    return [report.parsed(is_complete=bool(baseline.plugins_used))]


def _by_path(results: Raw, shape: type[T]) -> dict[str, list[T]]:
    files = dict[str, list[shape]]  # type: ignore[valid-type]
    return decode(results, files, name=_NAME, at="$.results")


def _entry(secret: Secret, path: str) -> Entry:
    rule_id = id_of(secret.type) or "unknown"
    return Entry(
        rule_id=rule_id,
        path=path,
        line=secret.line_number,
        message=rule_id,
        is_suppressed=secret.is_secret is False,
        is_verified=secret.is_verified is True,
    )
