"""The formats of reports that are read, and how each is recognised: by its content alone.

The marks are explained in scans.domain.formats.outline; each of a format's sets of marks is enough.
They come from what the tools write: see the module of each format.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from codestax.common.errors import DomainError, ReportFormatError, UnsupportedReportError
from scans.domain.findings import ReportLimits
from scans.domain.formats import (
    cyclonedx,
    detect_secrets,
    gitleaks,
    npm_audit,
    osv_scanner,
    pip_audit,
    sarif,
    trivy,
    trufflehog,
)
from scans.domain.formats.outline import Marks, Outlines, beginning
from scans.domain.memo import Memory
from scans.domain.union import Reading


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that is read.

    `silent` is what its tool writes when it has found nothing, without white space, and other
    tools may write too: it is taken for this format only where the request says so.
    """

    key: str
    name: str
    marks: tuple[Marks, ...]
    parse: Callable[[bytes, ReportLimits], list[Reading]]
    silent: tuple[bytes, ...] = ()
    parse_again: Callable[[bytes, ReportLimits, Memory], list[Reading]] | None = None

    def read(self, text: bytes, limits: ReportLimits, memory: Memory | None) -> list[Reading]:
        """Read a report, by its differences to the one before where the format can do that."""
        if memory and self.parse_again:
            return self.parse_again(text, limits, memory)
        return self.parse(text, limits)

    def fits(self, outline: Marks) -> bool:
        """Whether a report of this outline is of this format."""
        return _fits(outline, self.marks)


# No tool says nothing in more, white space included.
_SILENT_BYTES = 1_000


def _all(*marks: str) -> Marks:
    return frozenset(marks)


SARIF = Format(
    key="sarif",
    name="SARIF 2.1.0",
    marks=(_all("runs"),),
    parse=sarif.parse,
    parse_again=sarif.parse,
)
FORMATS = (
    SARIF,
    Format(
        key="cyclonedx",
        name="CycloneDX JSON",
        marks=(_all("bomFormat=CycloneDX"),),
        parse=cyclonedx.parse,
    ),
    Format(
        key="gitleaks",
        name="gitleaks JSON",
        marks=(
            _all("[].RuleID", "[].StartLine", "[].File"),
            _all("[].rule", "[].offender", "[].file"),
        ),
        parse=gitleaks.parse,
        silent=(b"[]", b"null"),
    ),
    Format(
        key="trufflehog",
        name="TruffleHog JSON lines",
        marks=(
            _all("SourceMetadata{}", "DetectorType"),
            _all("logger=trufflehog", "level", "msg"),
            _all("printDiff", "stringsFound[]", "path"),
        ),
        parse=trufflehog.parse,
        silent=(b"",),
    ),
    Format(
        key="detect-secrets",
        name="detect-secrets baseline",
        marks=(_all("plugins_used[]", "results{}"),),
        parse=detect_secrets.parse,
    ),
    Format(
        key="trivy",
        name="Trivy JSON",
        marks=(
            _all("SchemaVersion", "ArtifactName"),
            _all("SchemaVersion", "ArtifactType"),
            _all("[].Target", "[].Vulnerabilities"),
            _all("[].Target", "[].Type"),
        ),
        parse=trivy.parse,
    ),
    Format(
        key="npm-audit",
        name="npm audit JSON",
        marks=(
            _all("auditReportVersion", "vulnerabilities{}"),
            _all("advisories{}", "metadata{}"),
            _all("error{}.summary"),
        ),
        parse=npm_audit.parse,
    ),
    Format(
        key="pip-audit",
        name="pip-audit JSON",
        marks=(
            _all("dependencies[]", "fixes[]"),
            _all("dependencies[].vulns"),
            _all("dependencies[].skip_reason"),
            _all("[].name", "[].vulns"),
            _all("[].name", "[].skip_reason"),
        ),
        parse=pip_audit.parse,
    ),
    Format(
        key="osv-scanner",
        name="OSV-Scanner JSON",
        marks=(
            _all("results[]", "experimental_config"),
            _all("results[].source"),
            _all("results[].packages"),
        ),
        parse=osv_scanner.parse,
        silent=(b'{"results":[]}',),
    ),
)
KEYS = tuple(one.key for one in FORMATS)

# Reports that are not read are named, so that their sender need not wonder whether they arrived.
_OTHERS = {
    "SPDX": (_all("spdxVersion"), _all("SPDXID")),
    "ShellCheck JSON": (_all("comments[]"), _all("[].code", "[].endColumn")),
    "Snyk JSON": (_all("vulnerabilities[]", "packageManager"), _all("[].packageManager")),
    "Grype JSON": (_all("matches[]", "descriptor{}"),),
    "Syft JSON": (_all("artifacts[]", "descriptor{}"),),
    "Bandit JSON": (_all("results[]", "metrics{}"),),
    "Semgrep JSON": (_all("results[]", "paths{}"),),
    "Checkov JSON": (_all("check_type", "results{}"), _all("[].check_type", "[].results")),
    "ESLint JSON": (_all("[].filePath", "[].messages"),),
    "npm's lock file": (_all("lockfileVersion"),),
}
OUTLINES = Outlines(
    mark
    for several in (*(one.marks for one in FORMATS), *_OTHERS.values())
    for marks in several
    for mark in marks
)


def named(key: str) -> Format:
    """Return the format of a key; raises DomainError for an unknown one."""
    found = next((one for one in FORMATS if one.key == key), None)
    if found is None:
        raise DomainError(
            f"There is no such format; format is one of {', '.join(KEYS)}.", field="format"
        )
    return found


def recognised(text: bytes, declared: Format | None = None) -> Format:
    """Return the format of a report in UTF-8, of which the request may declare one.

    Raises ReportFormatError for an empty report, for a SARIF log inside an array, and for what is
    not as declared; UnsupportedReportError for JSON of another format; MsgspecError for text that
    is no JSON.
    """
    if declared and _is_silent(text, declared):
        return declared
    # A large log is recognised without a pass over it: by the property that makes it one.
    outline = SARIF.marks[0] if sarif.begins_log(text) else OUTLINES.of(text)
    found = next((one for one in FORMATS if one.fits(outline)), None)
    if found is None:
        raise _refusal(text, outline, declared)
    if declared not in (None, found):
        raise _contradiction(f"The report is of the format {found.name}", declared)
    return found


def _fits(outline: Marks, marks: tuple[Marks, ...]) -> bool:
    return any(needed <= outline for needed in marks)


def _is_silent(text: bytes, one: Format) -> bool:
    return len(text) < _SILENT_BYTES and b"".join(text.split()) in one.silent


def _refusal(text: bytes, outline: Marks, declared: Format | None) -> DomainError:
    """What to say of a report that is of no format that is read."""
    if beginning(text) == len(text):
        return ReportFormatError(f"The report is empty{_way_out(b'')}")
    # Whatever follows is about JSON.
    msgspec.json.decode(text, type=msgspec.Raw)
    if "[].runs" in outline:
        return ReportFormatError(
            "A SARIF log must be an object at the top level, not one in an array; upload what "
            "stands inside the array."
        )
    if declared:
        return _contradiction("The report does not look like that", declared)
    name = next((name for name, marks in _OTHERS.items() if _fits(outline, marks)), "")
    what = f"{name} is not read here" if name else "The report is JSON of no format that is read"
    names = ", ".join(one.name for one in FORMATS)
    return UnsupportedReportError(f"{what}; upload one of {names}{_way_out(text)}")


def _way_out(text: bytes) -> str:
    """The end of a refusal: how to send a report that does not show who wrote it."""
    silent = next((one for one in FORMATS if _is_silent(text, one)), None)
    if silent is None:
        return "."
    return f". If it is {silent.name} without findings, add format={silent.key} to the request."


def _contradiction(what: str, declared: Format | None) -> ReportFormatError:
    said = declared.key if declared else ""
    return ReportFormatError(
        f"{what}, but the request says format={said}; leave `format` out or correct it."
    )
