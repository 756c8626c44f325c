"""Trivy's JSON (its `pkg/types/report.go`), and the array of results that it wrote until 0.19.

What identifies a flaw, and how severe it is, is the same as in Trivy's SARIF (`pkg/report/
sarif.go`): so a flaw stays the same finding when a pipeline changes from one to the other.
"""

import re
from typing import Any

from msgspec import Raw, Struct, field

from scans.domain.components import described
from scans.domain.findings import CheckType, ReportLimits
from scans.domain.formats.decoding import base_score, cwes_of, decode, id_of, is_array, text_of
from scans.domain.formats.plain import Entry, PlainReport
from scans.domain.formats.sarif_structs import ABSENT, Scalar
from scans.domain.union import Reading

_NAME = "Trivy"
# What a result of a class shows to have been looked at, with or without findings: clean packages
# and configuration files are listed, files without a secret are not. Until 0.19 there was no class.
_CHECKED = {
    "": CheckType.SCA_VULNS,
    "os-pkgs": CheckType.SCA_VULNS,
    "lang-pkgs": CheckType.SCA_VULNS,
    "config": CheckType.IAC_ISSUES,
    "secret": CheckType.SECRETS,
}
# The security-severity of Trivy's SARIF where no CVSS score is known.
_SCORES = {"CRITICAL": 9.5, "HIGH": 8.0, "MEDIUM": 5.5, "LOW": 2.0}
_UNKNOWN_SCORE = 0.0
_REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}")
_DOCKER_HUB = ("", "docker.io", "index.docker.io")
_TARGET_CHARS = 1_000


class Cvss(Struct, gc=False):
    """One source's rating."""

    v3_score: Scalar = field(default=None, name="V3Score")


class Vulnerability(Struct, gc=False, rename="pascal"):
    """A vulnerable package; `pkg_path` is set where the target is no single file."""

    id: Scalar = field(default=None, name="VulnerabilityID")
    pkg_name: Scalar = None
    pkg_path: Scalar = None
    installed_version: Scalar = None
    title: Scalar = None
    status: Scalar = None
    severity: Scalar = None
    severity_source: Scalar = None
    cvss: dict[str, Cvss | None] | None = field(default=None, name="CVSS")
    cwe_ids: list[Scalar] | None = field(default=None, name="CweIDs")


class Cause(Struct, gc=False, rename="pascal"):
    """Where a misconfiguration lies; line 0 is none."""

    start_line: Scalar = None


class Misconfiguration(Struct, gc=False, rename="pascal"):
    """A check of a configuration file, passed ones among them."""

    id: Scalar = field(default=None, name="ID")
    avd_id: Scalar = field(default=None, name="AVDID")
    message: Scalar = None
    severity: Scalar = None
    status: Scalar = None
    primary_url: Scalar = field(default=None, name="PrimaryURL")
    cause_metadata: Cause | None = None


class Secret(Struct, gc=False, rename="pascal"):
    """A secret, without the match and the code around it: they are never read."""

    rule_id: Scalar = field(default=None, name="RuleID")
    title: Scalar = None
    severity: Scalar = None
    start_line: Scalar = None


class License(Struct, gc=False, rename="pascal"):
    """A licence of a package or of a file."""

    name: Scalar = None
    pkg_name: Scalar = None
    file_path: Scalar = None
    severity: Scalar = None


class Modified(Struct, gc=False, rename="pascal"):
    """A finding that .trivyignore or VEX took out (`pkg/types/finding.go`)."""

    type: Scalar = None
    finding: Raw = ABSENT


class Result(Struct, gc=False, rename="pascal"):
    """What was found in one target: a file, an image's packages, the packages of one kind."""

    target: Scalar = None
    class_: Scalar = field(default=None, name="Class")
    type: Scalar = None
    vulnerabilities: list[Vulnerability] | None = None
    misconfigurations: list[Misconfiguration] | None = None
    secrets: list[Secret] | None = None
    licenses: list[License] | None = None
    modified: list[Modified] | None = field(default=None, name="ExperimentalModifiedFindings")


class Version(Struct, gc=False, rename="pascal"):
    """The tool, as newer versions name it."""

    version: Scalar = None


class Report(Struct, gc=False, rename="pascal"):
    """The outermost object; `results` is left out where there are none."""

    results: list[Result] | None = None
    trivy: Version | None = None


def parse(text: bytes, limits: ReportLimits) -> list[Reading]:
    """Read a report: one run, that proves what its results' classes show to have been checked.

    Raises ReportFormatError and ReportTooLargeError.
    """
    read = _decoded(text)
    results = read.results or []
    version = text_of(read.trivy.version) if read.trivy else ""
    report = PlainReport(_NAME, limits, version=version)
    for number, result in enumerate(results):
        _Target(report, result).read(f"$.Results[{number}]")
    classes = {id_of(result.class_) for result in results}
    return [report.parsed(checked=[_CHECKED[name] for name in classes & _CHECKED.keys()])]


def _decoded(text: bytes) -> Report:
    if is_array(text):
        return Report(results=decode(text, list[Result], name=_NAME))
    return decode(text, Report, name=_NAME)


class _Target:
    """Adds the findings of one result to a report."""

    def __init__(self, report: PlainReport, result: Result) -> None:
        self._report = report
        self._result = result
        self._target = text_of(result.target)
        is_image = result.class_ == "os-pkgs"
        self._path = _repository(self._target) if is_image else self._target
        self._artifact = self._target[:_TARGET_CHARS].replace("\\", "/")

    def read(self, at: str) -> None:
        """Add all findings of the result, which lies at this JSON path."""
        for vulnerability in self._result.vulnerabilities or ():
            self.vulnerability(vulnerability)
        for misconfiguration in self._result.misconfigurations or ():
            self.misconfiguration(misconfiguration)
        for secret in self._result.secrets or ():
            self.secret(secret)
        for licence in self._result.licenses or ():
            self.licence(licence)
        for number, one in enumerate(self._result.modified or ()):
            self._modified(one, f"{at}.ExperimentalModifiedFindings[{number}].Finding")

    def _modified(self, one: Modified, at: str) -> None:
        shapes: dict[object, tuple[Any, type[Any]]] = {
            "vulnerability": (self.vulnerability, Vulnerability),
            "misconfiguration": (self.misconfiguration, Misconfiguration),
            "secret": (self.secret, Secret),
            "license": (self.licence, License),
        }
        if one.type in shapes and one.finding:
            add, shape = shapes[one.type]
            add(decode(one.finding, shape, name=_NAME, at=at), is_suppressed=True)
        else:
            self._report.ignore("unknown_type")

    def vulnerability(self, one: Vulnerability, *, is_suppressed: bool = False) -> None:
        package, rule_id = text_of(one.pkg_name), id_of(one.id) or "unknown"
        entry = Entry(
            rule_id=rule_id,
            path=text_of(one.pkg_path) or self._path,
            message=described(package, text_of(one.installed_version), text_of(one.title)),
            score=_cvss_score(one) or _severity_score(one.severity),
            cwes=cwes_of(one.cwe_ids or ()),
            is_suppressed=is_suppressed or one.status == "not_affected",
        )
        self._report.component(entry, package=package)

    def misconfiguration(self, one: Misconfiguration, *, is_suppressed: bool = False) -> None:
        if one.status == "PASS":
            self._report.ignore("kind_pass")
            return
        rule_id = id_of(one.id) or id_of(one.avd_id) or "unknown"
        entry = Entry(
            rule_id=rule_id,
            path=self._target,
            line=one.cause_metadata.start_line if one.cause_metadata else None,
            message=self._misconfiguration_message(rule_id, one),
            score=_severity_score(one.severity),
            is_suppressed=is_suppressed or one.status == "EXCEPTION",
        )
        self._report.misconfiguration(entry)

    def _misconfiguration_message(self, rule_id: str, one: Misconfiguration) -> str:
        """Worded as in Trivy's SARIF, as a result without code is known by its message."""
        return (
            f"Artifact: {self._artifact}\n"
            f"Type: {id_of(self._result.type)}\n"
            f"Vulnerability {rule_id}\nSeverity: {id_of(one.severity)}\n"
            f"Message: {text_of(one.message)}\nLink: [{rule_id}]({text_of(one.primary_url)})"
        )

    def secret(self, one: Secret, *, is_suppressed: bool = False) -> None:
        rule_id = id_of(one.rule_id) or "unknown"
        entry = Entry(
            rule_id=rule_id,
            path=self._path,
            line=one.start_line,
            message=text_of(one.title) or rule_id,
            score=_severity_score(one.severity),
            is_suppressed=is_suppressed,
        )
        self._report.secret(entry)

    def licence(self, one: License, *, is_suppressed: bool = False) -> None:
        package, name = text_of(one.pkg_name), id_of(one.name)
        entry = Entry(
            rule_id=f"{package}:{name}",
            path=text_of(one.file_path) or self._path,
            message=described(package, "", name),
            score=_severity_score(one.severity),
            is_suppressed=is_suppressed,
        )
        self._report.licence(entry, package=package)


def _cvss_score(one: Vulnerability) -> float | None:
    """The CVSS 3 score of the source that the severity is from (`toCVSSData`)."""
    rated = (one.cvss or {}).get(id_of(one.severity_source))
    return base_score(rated.v3_score) if rated else None


def _severity_score(word: Scalar) -> float | None:
    severity = id_of(word).upper()
    return _SCORES.get(severity, _UNKNOWN_SCORE) if severity else None


def _repository(target: str) -> str:
    """Return an image's repository without registry, tag and distribution (`ToPathUri`).

    As for Docker, a name without a namespace is one of `library`.
    """
    image = target[:_TARGET_CHARS].partition("(")[0].strip()
    registry, name = _split_registry(image.partition("@")[0])
    front, _, tag = name.rpartition(":")
    repository = front if front and "/" not in tag else name
    if not _REPOSITORY.fullmatch(repository):
        return image
    is_plain = registry in _DOCKER_HUB and "/" not in repository
    return f"library/{repository}" if is_plain else repository


def _split_registry(name: str) -> tuple[str, str]:
    registry, slash, rest = name.partition("/")
    return (registry, rest) if slash and ("." in registry or ":" in registry) else ("", name)
