"""`npm audit --json`, of npm 7 and later, and as npm 6, pnpm and Yarn write the registry's answer.

Since version 7 (arborist's `vuln.js`) each vulnerable package names in `via` what makes it so: an
advisory of its own, or the name of a package that it depends on, which has an entry of its own.
So advisories are counted once for each package, and not again for every dependent.
"""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from codestax.common.errors import ReportFormatError
from scans.domain import components
from scans.domain.components import described
from scans.domain.findings import ReportLimits
from scans.domain.formats.decoding import base_score, cwes_of, decode, id_of, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import Scalar
from scans.domain.union import Reading

_NAME = "npm audit"
_LOCK_FILE = "package-lock.json"
_ERROR_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,40}")


class Cvss(Struct, gc=False):
    """The advisory's rating; `score` is 0 where there is none."""

    score: Scalar = None


class Advisory(Struct, gc=False):
    """An advisory of either report; npm 7 calls the package `dependency`, npm 6 `module_name`."""

    source: Scalar = None
    id: Scalar = None
    dependency: Scalar = None
    name: Scalar = None
    module_name: Scalar = None
    title: Scalar = None
    url: Scalar = None
    severity: Scalar = None
    cwe: list[Scalar] | Scalar = None
    cves: list[Scalar] | None = None
    github_advisory_id: Scalar = None
    cvss: Cvss | None = None
    range: Scalar = None
    vulnerable_versions: Scalar = None


class Package(Struct, gc=False):
    """A vulnerable package of npm 7 and later."""

    name: Scalar = None
    via: list[Advisory | Scalar] | None = None


class Failure(Struct, gc=False):
    """What npm writes in place of a report."""

    code: Scalar = None


class Report(Struct, gc=False):
    """The outermost object."""

    vulnerabilities: dict[str, Package | None] | None = None
    advisories: dict[str, Advisory | None] | None = None
    run_id: Scalar = field(default=None, name="runId")
    error: Failure | Scalar = None


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run. npm 7's lock file is known; of others only npm 6 writes a `runId`.

    Raises ReportFormatError, also for an error that npm wrote in place of a report, and
    ReportTooLargeError.
    """
    read = decode(text, Report, name=_NAME)
    _check(read)
    report = PlainReport(_NAME, limits)
    is_of_npm = read.vulnerabilities is not None or read.run_id is not None
    for package, advisory in _advisories(read):
        _add(report, package, advisory, path=_LOCK_FILE if is_of_npm else "")
    return [report.parsed()]


def _check(read: Report) -> None:
    if read.error is not None:
        code = id_of(read.error.code) if isinstance(read.error, Failure) else ""
        named = f" ({code})" if _ERROR_CODE.fullmatch(code) else ""
        # The rest of it may quote the registry's address with credentials.
        raise ReportFormatError(
            f"The report holds an error of npm audit{named} and no result; run it where the lock "
            "file is and the registry can be reached."
        )
    if read.vulnerabilities is None and read.advisories is None:
        raise ReportFormatError(
            "The report is not valid npm audit JSON: neither $.vulnerabilities nor $.advisories "
            "is there."
        )


def _advisories(read: Report) -> Iterator[tuple[str, Advisory]]:
    """Each advisory with the name of the package that it is about."""
    for name, package in (read.vulnerabilities or {}).items():
        for advisory in (package.via if package else None) or ():
            if isinstance(advisory, Advisory):
                yield text_of(advisory.dependency) or text_of(advisory.name) or name, advisory
    for advisory in filter(None, (read.advisories or {}).values()):
        yield text_of(advisory.module_name), advisory


def _add(report: PlainReport, package: str, advisory: Advisory, *, path: str) -> None:
    names = [*map(id_of, advisory.cves or ()), id_of(advisory.github_advisory_id)]
    affected = text_of(advisory.range) or text_of(advisory.vulnerable_versions)
    cwe = advisory.cwe
    entry = Entry(
        rule_id=_rule_id(advisory),
        path=path,
        message=described(package, affected, text_of(advisory.title)),
        words=(id_of(advisory.severity),),
        score=base_score(advisory.cvss.score) if advisory.cvss else None,
        cwes=cwes_of(cwe if isinstance(cwe, list) else [cwe]),
    )
    report.component(entry, package=package, aliases=names)


def _rule_id(advisory: Advisory) -> str:
    """The GHSA id of the advisory's page or of itself, else the registry's number for it."""
    names = [text_of(advisory.url)[:1_000], id_of(advisory.github_advisory_id)]
    number = id_of(advisory.source) or id_of(advisory.id)
    return components.vulnerability(names) or (f"npm-{number}" if number else "unknown")
