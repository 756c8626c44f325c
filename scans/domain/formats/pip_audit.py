"""pip-audit's JSON (its `_format/json.py`): dependencies with the flaws known of each.

It names no severity and no file. Until version 2.1 the list of dependencies stood alone.
"""

from msgspec import Struct

from scans.domain.components import described
from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import decode, id_of, is_array, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import Scalar
from scans.domain.union import Reading

_NAME = "pip-audit"
# What --skip-editable says of the project's own code; everything else skipped was to be audited.
_OWN_CODE = "distribution marked as editable"


class Vulnerability(Struct, gc=False):
    """A flaw; `description` stands there only where it was asked for."""

    id: Scalar = None
    aliases: list[Scalar] | None = None
    fix_versions: list[Scalar] | None = None
    description: Scalar = None


class Dependency(Struct, gc=False):
    """An audited package, or with `skip_reason` one that was not."""

    name: Scalar = None
    version: Scalar = None
    skip_reason: Scalar = None
    vulns: list[Vulnerability] | None = None


class Report(Struct, gc=False):
    """The outermost object."""

    dependencies: list[Dependency] | None = None


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run, complete if something was audited and nothing skipped.

    Raises ReportFormatError and ReportTooLargeError.
    """
    dependencies = _dependencies(text)
    report = PlainReport(_NAME, limits)
    for dependency in dependencies:
        if dependency.skip_reason is not None:
            report.ignore("dependency_skipped")
        for vulnerability in dependency.vulns or ():
            _add(report, dependency, vulnerability)
    reasons = [text_of(dependency.skip_reason) for dependency in dependencies]
    return [report.parsed(is_complete="" in reasons and {"", _OWN_CODE}.issuperset(reasons))]


def _dependencies(text: bytes) -> list[Dependency]:
    if is_array(text):
        return decode(text, list[Dependency], name=_NAME)
    return decode(text, Report, name=_NAME).dependencies or []


def _add(report: PlainReport, dependency: Dependency, vulnerability: Vulnerability) -> None:
    package, rule_id = text_of(dependency.name), id_of(vulnerability.id) or "unknown"
    summary = text_of(vulnerability.description) or _advice(vulnerability)
    entry = Entry(rule_id=rule_id, message=described(package, text_of(dependency.version), summary))
    report.component(entry, package=package, aliases=map(id_of, vulnerability.aliases or ()))


def _advice(vulnerability: Vulnerability) -> str:
    fixed = ", ".join(map(id_of, (vulnerability.fix_versions or ())[:5]))
    rule_id = id_of(vulnerability.id)
    return f"{rule_id}, fixed in {fixed}" if fixed else rule_id
