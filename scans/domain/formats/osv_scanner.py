"""OSV-Scanner's JSON (its `pkg/models/results.go`): sources, their packages, the flaws of each.

Records of several databases on one flaw form a group, and a group is one finding. What identifies
it is the same as in OSV-Scanner's SARIF; that has no severities, so they can differ.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from scans.domain.components import described
from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import base_score, cwes_of, decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import Scalar
from scans.domain.scores import Vectors
from scans.domain.union import Reading

_NAME = "OSV-Scanner"
_DRIVER = "osv-scanner"  # as in its SARIF
_BEST_TYPES = ("CVSS_V4", "CVSS_V3", "CVSS_V2")
_MOST_RATINGS = 20


class Rating(Struct, gc=False):
    """A severity of the OSV schema: `score` is a vector."""

    type: Scalar = None
    score: Scalar = None


class DatabaseFields(Struct, gc=False):
    """What GitHub's advisories add to the schema."""

    severity: Scalar = None
    cwe_ids: list[Scalar] | None = None


class Vulnerability(Struct, gc=False):
    """A record of the OSV schema."""

    id: Scalar = None
    aliases: list[Scalar] | None = None
    summary: Scalar = None
    severity: list[Rating] | None = None
    database_specific: DatabaseFields | None = None


class Analysis(Struct, gc=False):
    """What an analysis of the calls (Go, Rust) or the distribution says of one record."""

    called: Scalar = None
    unimportant: Scalar = None


class Group(Struct, gc=False):
    """Records on the same flaw; `max_severity` is a base score or ""."""

    ids: list[Scalar] | None = None
    aliases: list[Scalar] | None = None
    max_severity: Scalar = None
    analysis: dict[str, Analysis | None] | None = field(default=None, name="experimentalAnalysis")
    experimental_analysis: dict[str, Analysis | None] | None = None


class PackageName(Struct, gc=False):
    """Which package; vendored code has a commit in place of a version."""

    name: Scalar = None
    version: Scalar = None
    commit: Scalar = None


class Package(Struct, gc=False):
    """A package of a source."""

    package: PackageName | None = None
    vulnerabilities: list[Vulnerability] | None = None
    groups: list[Group] | None = None
    license_violations: list[Scalar] | None = None


class Source(Struct, gc=False):
    """A lock file, SBOM or image."""

    path: Scalar = None


class SourceResult(Struct, gc=False):
    """What was found in one source."""

    source: Source | None = None
    packages: list[Package] | None = None


class Report(Struct, gc=False):
    """The outermost object."""

    results: list[SourceResult] | None = None


class _Known(NamedTuple):
    """What one record says; worked out once, as any number of groups may name it."""

    score: float | None = None
    word: str = ""
    cwes: tuple[int, ...] = ()
    summary: str = ""


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run. `results: []` is clean; without `results` nothing was looked at.

    A flaw that no code calls, or that the distribution calls unimportant, is suppressed: for
    OSV-Scanner it is no reason to fail either. Raises ReportFormatError and ReportTooLargeError.
    """
    results = decode(text, Report, name=_NAME).results
    report, vectors = PlainReport(_DRIVER, limits), Vectors()
    for result in results or ():
        path = text_of(result.source.path) if result.source else ""
        for package in result.packages or ():
            _add_groups(report, package, path, vectors)
            _add_licences(report, package, path)
    return [report.parsed(is_complete=results is not None)]


def _add_groups(report: PlainReport, package: Package, path: str, vectors: Vectors) -> None:
    known = {id_of(one.id): _read(one, vectors) for one in package.vulnerabilities or ()}
    name, version = _named(package)
    for group in _groups(package):
        records = [known[one] for one in map(id_of, group.ids or ()) if one in known] or [_Known()]
        names = list(map(id_of, [*(group.aliases or ()), *(group.ids or ())]))
        entry = Entry(
            rule_id=_display_id(names),
            path=path,
            message=described(name, version, next((r.summary for r in records if r.summary), "")),
            words=tuple({record.word: None for record in records}),
            score=base_score(group.max_severity) or _highest(records),
            cwes={cwe for record in records for cwe in record.cwes},
            is_suppressed=_is_unimportant(group),
        )
        report.component(entry, package=name, aliases=names)


def _groups(package: Package) -> Iterator[Group]:
    """The groups of a package; the first versions wrote none, then each record is one."""
    if package.groups:
        yield from package.groups
        return
    for one in package.vulnerabilities or ():
        yield Group(ids=[one.id], aliases=one.aliases)


def _named(package: Package) -> tuple[str, str]:
    found = package.package or PackageName()
    return text_of(found.name), text_of(found.version) or text_of(found.commit)


def _read(record: Vulnerability, vectors: Vectors) -> _Known:
    fields = record.database_specific or DatabaseFields()
    return _Known(
        _score(record.severity or [], vectors),
        id_of(fields.severity),
        cwes_of(fields.cwe_ids or ()),
        text_of(record.summary),
    )


def _score(ratings: list[Rating], vectors: Vectors) -> float | None:
    """The highest score of the newest version of CVSS that rates the flaw."""
    for kind in _BEST_TYPES:
        rated = [text_of(one.score) for one in ratings[:_MOST_RATINGS] if one.type == kind]
        if scores := list(filter(None, map(vectors.score, rated))):
            return max(scores)
    return None


def _highest(records: list[_Known]) -> float | None:
    return max((record.score for record in records if record.score), default=None)


def _display_id(names: list[str]) -> str:
    """The id that OSV-Scanner shows: a CVE id before those of an ecosystem, GHSA ids last."""
    order = {"CVE": 0, "GHSA": 2}
    known = filter(None, names)
    return min(known, key=lambda name: (order.get(name.split("-")[0], 1), name), default="unknown")


def _is_unimportant(group: Group) -> bool:
    analyses = {**(group.analysis or {}), **(group.experimental_analysis or {})}
    found = list(filter(None, analyses.values()))
    is_uncalled = bool(found) and all(one.called is False for one in found)
    return is_uncalled or any(one.unimportant is True for one in found)


def _add_licences(report: PlainReport, package: Package, path: str) -> None:
    name, version = _named(package)
    for licence in map(id_of, package.license_violations or ()):
        entry = Entry(rule_id=licence, path=path, message=described(name, version, licence))
        report.licence(entry, package=name)
