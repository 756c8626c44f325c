"""Which format a report is of, told by its content or by its sender."""

import json

import pytest

from codestax.common.errors import DomainError, ReportFormatError, UnsupportedReportError
from scans.domain.findings import ReportLimits
from scans.domain.formats import known
from scans.domain.ingest import parse
from tests.scans.domain.reports import LIMITS, log, run

GITLEAKS = [{"RuleID": "aws", "Description": "AWS", "StartLine": 1, "File": "a.py", "Match": "x"}]
OLD_GITLEAKS = [{"line": "x", "lineNumber": 1, "offender": "x", "rule": "aws", "file": "a.py"}]
TRUFFLEHOG = {"SourceMetadata": {"Data": {"Git": {"file": "a.py"}}}, "DetectorType": 2}
LOGGED = {"level": "info-0", "ts": "", "logger": "trufflehog", "msg": "finished scanning"}
OLD_TRUFFLEHOG = {"path": "a.py", "printDiff": "", "reason": "AWS", "stringsFound": []}
BASELINE = {"version": "1.5.0", "plugins_used": [{"name": "KeywordDetector"}], "results": {}}
PACKAGE = {"name": "flask", "version": "2.0"}
SOURCE = {"source": {"path": "go.mod"}, "packages": []}
EXAMPLES = {
    "sarif": [{"version": "2.1.0", "runs": []}],
    "cyclonedx": [{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}],
    "gitleaks": [GITLEAKS, OLD_GITLEAKS],
    "trufflehog": [TRUFFLEHOG, LOGGED, OLD_TRUFFLEHOG],
    "detect-secrets": [BASELINE],
    "trivy": [
        {"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem"},
        [{"Target": "go.sum", "Type": "gomod", "Vulnerabilities": None}],
    ],
    "npm-audit": [
        {"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {}},
        {"actions": [], "advisories": {}, "muted": [], "metadata": {}, "runId": "1"},
        {"error": {"code": "ENOLOCK", "summary": "No lock file.", "detail": ""}},
    ],
    "pip-audit": [
        {"dependencies": [], "fixes": []},
        {"dependencies": [{**PACKAGE, "vulns": []}]},
        [{**PACKAGE, "vulns": []}],
        [{"name": "inhouse", "skip_reason": "not found"}],
    ],
    "osv-scanner": [{"results": [SOURCE]}, {"results": [], "experimental_config": {}}],
}
CASES = [(key, document) for key, documents in EXAMPLES.items() for document in documents]


def encoded(document, **more):
    return json.dumps(document, **more).encode()


def recognised(text, declared=""):
    return known.recognised(text, known.named(declared) if declared else None).key


def test_every_format_has_an_example():
    assert tuple(EXAMPLES) == known.KEYS


@pytest.mark.parametrize(("key", "document"), CASES)
def test_the_content_tells_the_format(key, document):
    assert recognised(encoded(document)) == key
    assert recognised(b"\r\n\t " + encoded(document, indent=2, sort_keys=True)) == key


@pytest.mark.parametrize(("key", "document"), CASES)
def test_marks_fit_one_format_only(key, document):
    outline = known.OUTLINES.of(encoded(document))

    assert [one.key for one in known.FORMATS if one.fits(outline)] == [key]


@pytest.mark.parametrize("key", known.KEYS)
def test_a_declaration_may_repeat_what_the_content_tells(key):
    assert {recognised(encoded(document), key) for document in EXAMPLES[key]} == {key}


@pytest.mark.parametrize(("key", "document"), CASES)
def test_a_declaration_that_the_content_contradicts_is_refused(key, document):
    other = "sarif" if key != "sarif" else "trivy"

    with pytest.raises(ReportFormatError, match=f"but the request says format={other}; "):
        recognised(encoded(document), other)


@pytest.mark.parametrize("document", [{}, [], [1], 5, None, "text", {"results": {}}])
def test_a_declaration_does_not_make_a_report_of_anything(document):
    with pytest.raises(ReportFormatError, match="does not look like that"):
        recognised(encoded(document), "detect-secrets")


def test_a_declared_format_that_does_not_exist_is_refused_with_the_list():
    with pytest.raises(DomainError, match="is one of sarif, cyclonedx, gitleaks, ") as refusal:
        parse(log(run()), limits=LIMITS, format="nessus")

    assert (refusal.value.status, refusal.value.field) == (400, "format")


SILENT = [("gitleaks", b"[]"), ("gitleaks", b" null\n"), ("trufflehog", b""), ("trufflehog", b"\n")]
OF_OSV = ("osv-scanner", b'{\n  "results": []\n}\n')


@pytest.mark.parametrize(("key", "text"), [*SILENT, OF_OSV])
def test_what_a_tool_writes_without_findings_is_clean_where_it_is_declared(key, text):
    (found,) = parse(text, limits=LIMITS, format=key)

    assert (found.tool, found.results, found.rows, found.is_complete) == (key, 0, [], True)
    assert found.check_types


@pytest.mark.parametrize(("key", "text"), [*SILENT, OF_OSV])
def test_without_a_declaration_it_is_refused_with_the_way_out(key, text):
    error = UnsupportedReportError if text.strip() else ReportFormatError

    with pytest.raises(error, match=f"add format={key} to the request"):
        parse(text, limits=LIMITS)


@pytest.mark.parametrize(("key", "text"), [("trufflehog", b"[]"), ("gitleaks", b"")])
def test_silence_of_another_tool_is_not_clean(key, text):
    with pytest.raises(ReportFormatError):
        parse(text, limits=LIMITS, format=key)


@pytest.mark.parametrize(
    "document",
    [{}, [1], [[]], 5, True, "text", {"bomFormat": "Other"}, {"dependencies": {"a": {}}}],
    ids=json.dumps,
)
def test_json_of_no_known_format_is_refused_with_the_list(document):
    names = ".*".join(one.name for one in known.FORMATS)

    with pytest.raises(UnsupportedReportError, match=f"^The report is JSON of no.*{names}"):
        parse(encoded(document), limits=LIMITS)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("SPDX", {"spdxVersion": "SPDX-2.3", "packages": []}),
        ("ShellCheck JSON", {"comments": []}),
        ("ShellCheck JSON", [{"file": "a.sh", "line": 1, "endColumn": 2, "code": 1128}]),
        ("Snyk JSON", {"vulnerabilities": [], "ok": True, "packageManager": "npm"}),
        ("Grype JSON", {"matches": [], "source": {}, "descriptor": {"name": "grype"}}),
        ("Syft JSON", {"artifacts": [], "source": {}, "descriptor": {"name": "syft"}}),
        ("Bandit JSON", {"errors": [], "metrics": {}, "results": []}),
        ("Semgrep JSON", {"errors": [], "paths": {"scanned": []}, "results": [], "version": "1"}),
        ("Checkov JSON", {"check_type": "terraform", "results": {"failed_checks": []}}),
        ("ESLint JSON", [{"filePath": "/a.js", "messages": []}]),
        ("npm's lock file", {"name": "shop", "lockfileVersion": 1, "dependencies": {}}),
    ],
)
def test_well_known_reports_that_are_not_read_are_named(name, document):
    with pytest.raises(UnsupportedReportError, match=f"^{name} is not read here; upload one of"):
        parse(encoded(document), limits=LIMITS)


def test_logs_of_other_programs_are_no_report():
    logged = {**LOGGED, "logger": "controller"}

    with pytest.raises(UnsupportedReportError):
        parse(encoded(logged), limits=LIMITS)


@pytest.mark.parametrize("key", ["pip-audit", "osv-scanner"])
def test_a_first_element_beyond_the_look_is_told_by_its_first_property(key):
    long = [{"name": "x" * 100_000}]
    source, package = {**SOURCE, "packages": long}, {"vulns": long, **PACKAGE}
    documents = {"pip-audit": {"dependencies": [package]}, "osv-scanner": {"results": [source]}}

    assert recognised(encoded(documents[key])) == key


def test_json_lines_of_another_kind_are_no_json():
    with pytest.raises(ReportFormatError, match="not valid JSON"):
        parse(b'{"type": "info"}\n{"type": "info"}\n', limits=LIMITS)


def test_a_log_and_something_behind_it_is_no_json():
    with pytest.raises(ReportFormatError, match="not valid JSON"):
        parse(log(run()) + b"\n" + log(run()), limits=LIMITS)


@pytest.mark.parametrize("key", ["gitleaks", "trufflehog", "detect-secrets"])
def test_results_of_every_format_are_limited(key):
    secret = {"type": "Secret Keyword", "line_number": 1}
    reports = {
        "gitleaks": encoded(GITLEAKS * 3),
        "trufflehog": (encoded(TRUFFLEHOG) + b"\n") * 3,
        "detect-secrets": encoded({**BASELINE, "results": {"a": [secret] * 2, "b": [secret]}}),
    }

    parse(reports[key], limits=ReportLimits(results=3))
    with pytest.raises(DomainError, match="more than 2 results") as refusal:
        parse(reports[key], limits=ReportLimits(results=2))
    assert refusal.value.status == 413
