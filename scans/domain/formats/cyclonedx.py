"""CycloneDX JSON, 1.2 to 1.7: a bill of materials with vulnerabilities, or a VEX document.

Each affected component is a finding. An inventory alone is no scan: it proves nothing and closes
nothing. Trivy writes an empty list of vulnerabilities also where it was not asked to look for any,
so an empty list counts as clean only from a tool that does nothing else, such as Grype.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from scans.domain import components
from scans.domain.components import described
from scans.domain.findings import CheckType, ReportLimits
from scans.domain.formats.cyclonedx_structs import (
    Affected,
    Bom,
    Component,
    Metadata,
    Rating,
    Tools,
    Vulnerability,
)
from scans.domain.formats.decoding import base_score, cwes_of, decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.scores import Vectors
from scans.domain.tools import tool_named
from scans.domain.union import Reading

_NAME = "CycloneDX"
# In this order, and before ratings without a method; those of other methods are no CVSS scores.
_METHODS = ("CVSSv4", "CVSSv31", "CVSSv3", "CVSSv2", None)
_WORDS = ("critical", "high", "medium", "low", "info", "none")
_MOST_RATINGS = 50
_RESOLVED = ("resolved", "resolved_with_pedigree")
_NOT_AFFECTED = ("not_affected", "false_positive")
_PATHS = ("aquasecurity:trivy:FilePath", "syft:location:0:path")
_TEXT_CHARS = 1_000


class _Place(NamedTuple):
    """A component as findings name it; worked out once, as many flaws may affect it."""

    package: str = ""
    name: str = ""
    version: str = ""
    path: str = ""


class _Flaw(NamedTuple):
    """A vulnerability; worked out once, as it may affect many components."""

    rule_id: str
    alias: str
    score: float | None
    words: tuple[str, ...]
    cwes: tuple[int, ...]
    summary: str
    state: str


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a document: one run, of the first known scanner among its tools.

    VEX states: `resolved` and `resolved_with_pedigree` are no findings, `not_affected` and
    `false_positive` suppressed ones, all others count. The severity is the highest score of the
    newest version of CVSS among the ratings, else the worst word. Raises ReportFormatError and
    ReportTooLargeError.
    """
    bom = decode(text, Bom, name=_NAME)
    metadata = bom.metadata or Metadata()
    tool, version = _tool(metadata.tools)
    report, places, vectors = PlainReport(tool, limits, version=version), _places(bom), Vectors()
    for vulnerability in bom.vulnerabilities or ():
        flaw = _flaw(vulnerability, vectors)
        # A vulnerability that names no component is one of the product itself.
        for affected in vulnerability.affects or [Affected()]:
            _add(report, flaw, affected, places)
    is_scan = bool(bom.vulnerabilities) or (
        bom.vulnerabilities is not None and tool_named(tool).kind == "sca"
    )
    checked = [CheckType.SCA_VULNS] if bom.vulnerabilities else []
    return [report.parsed(is_complete=is_scan, checked=checked)]


def _tool(tools: list[Component] | Tools | None) -> tuple[str, str]:
    """The name and version of the tool; libraries and package managers are listed beside it."""
    if isinstance(tools, Tools):
        tools = [*(tools.components or ()), *(tools.services or ())]
    named = [(text_of(one.name), text_of(one.version)) for one in tools or () if one.name]
    scanners = (one for one in named if tool_named(one[0]).key)
    return next(scanners, named[0] if named else (_NAME, ""))


def _places(bom: Bom) -> dict[str, _Place]:
    """All components by their reference; the product itself also by ""."""
    product = bom.metadata.component if bom.metadata else None
    found = [*(bom.components or ()), *(bom.services or ()), *filter(None, [product])]
    listed = [(component, _place(component)) for component in _nested(found)]
    places = {text_of(component.bom_ref): place for component, place in reversed(listed)}
    for _, place in listed:
        # OSV-Scanner's references are purls without the version.
        places.setdefault(components.without_version(place.package), place)
    places[""] = _place(product) if product else _Place()
    return places


def _nested(found: list[Component]) -> Iterator[Component]:
    waiting = list(reversed(found))
    while waiting:
        component = waiting.pop()
        yield component
        waiting.extend(reversed(component.components or ()))


def _place(component: Component) -> _Place:
    name = "/".join(filter(None, map(text_of, (component.group, component.name))))
    return _Place(
        package=(text_of(component.purl) or name)[:_TEXT_CHARS],
        name=name[:_TEXT_CHARS],
        version=text_of(component.version)[:_TEXT_CHARS],
        path=_path(component),
    )


def _path(component: Component) -> str:
    """Where the component was found, if its evidence or its tool's properties say so."""
    occurrences = (component.evidence.occurrences if component.evidence else None) or []
    properties = {text_of(one.name): text_of(one.value) for one in component.properties or ()}
    # Syft begins its paths at the directory that it looked into.
    of_tools = (properties.get(name, "").lstrip("/") for name in _PATHS)
    named = (*(text_of(one.location) for one in occurrences[:1]), *of_tools)
    return next(filter(None, named), "")


def _flaw(vulnerability: Vulnerability, vectors: Vectors) -> _Flaw:
    ratings = (vulnerability.ratings or [])[:_MOST_RATINGS]
    words = {id_of(one.severity).lower() for one in ratings}
    names = [id_of(one.id) for one in (vulnerability, *(vulnerability.references or ()))]
    state = vulnerability.analysis.state if vulnerability.analysis else None
    return _Flaw(
        rule_id=id_of(vulnerability.id) or "unknown",
        alias=components.vulnerability(names),
        score=_score(ratings, vectors),
        words=tuple(word for word in _WORDS if word in words),
        cwes=cwes_of(vulnerability.cwes or ()),
        summary=text_of(vulnerability.description)[:_TEXT_CHARS],
        state=id_of(state),
    )


def _score(ratings: Iterable[Rating], vectors: Vectors) -> float | None:
    for method in _METHODS:
        rated = (_rated(one, vectors) for one in ratings if one.method == method)
        if scores := list(filter(None, rated)):
            return max(scores)
    return None


def _rated(rating: Rating, vectors: Vectors) -> float | None:
    return base_score(rating.score) or vectors.score(text_of(rating.vector))


def _add(report: PlainReport, flaw: _Flaw, affected: Affected, places: dict[str, _Place]) -> None:
    place = _affected_place(text_of(affected.ref), places)
    if flaw.state in _RESOLVED:
        report.ignore("vex_resolved")
        return
    entry = Entry(
        rule_id=flaw.rule_id,
        path=place.path,
        message=described(place.name or place.package, place.version, flaw.summary),
        words=flaw.words,
        score=flaw.score,
        cwes=flaw.cwes,
        is_suppressed=flaw.state in _NOT_AFFECTED or _is_unaffected(affected, place.version),
    )
    report.component(entry, package=place.package, aliases=[flaw.alias])


def _affected_place(ref: str, places: dict[str, _Place]) -> _Place:
    """The component of a reference; a VEX document refers into another document (BOM-Link)."""
    if ref in places:
        return places[ref]
    name = unquote(ref.rpartition("#")[2])[:_TEXT_CHARS] if ref.startswith("urn:cdx:") else ref
    return places.get(name) or _Place(package=name[:_TEXT_CHARS])


def _is_unaffected(affected: Affected, version: str) -> bool:
    """Whether the component's version, or else every listed one, is said to be unaffected."""
    listed = affected.versions or []
    own = [one for one in listed if version and text_of(one.version) == version]
    statuses = {one.status for one in own or listed}
    return statuses == {"unaffected"}
