import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import npm_audit
from tests.scans.domain.formats.reading import LIMITS, finding, findings, read

ADVISORY = {
    "source": 1179,
    "name": "minimist",
    "dependency": "minimist",
    "title": "Prototype Pollution in minimist",
    "url": "https://github.com/advisories/GHSA-vh95-rmgr-6w4m",
    "severity": "moderate",
    "cwe": ["CWE-1321"],
    "cvss": {"score": 5.6, "vectorString": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L"},
    "range": "<0.2.1",
}
OLD_ADVISORY = {
    "id": 1179,
    "module_name": "minimist",
    "title": "Prototype Pollution",
    "url": "https://npmjs.com/advisories/1179",
    "severity": "high",
    "cwe": "CWE-1321",
    "cves": ["CVE-2020-7598"],
    "vulnerable_versions": "<0.2.1",
    "findings": [{"version": "0.0.8", "paths": ["mkdirp>minimist", "optimist>minimist"]}],
}


def package(*via, name="minimist", nodes=("node_modules/minimist",)):
    return {"name": name, "severity": "moderate", "via": list(via), "nodes": list(nodes)}


def report(**packages):
    return {"auditReportVersion": 2, "vulnerabilities": packages, "metadata": {}}


def old_report(*advisories, **more):
    return {"actions": [], "advisories": dict(enumerate(advisories)), "muted": [], **more}


def refused(document):
    with pytest.raises(ReportFormatError) as raised:
        npm_audit.parse(json.dumps(document).encode(), LIMITS)
    return raised.value.message


def test_an_advisory_of_a_package_is_a_vulnerable_component_in_the_lock_file():
    found = finding(npm_audit, report(minimist=package(ADVISORY)))
    assert found["check_type"] == "sca_vulns"
    assert found["severity"] == "medium"
    assert found["rule_id"] == "GHSA-VH95-RMGR-6W4M"
    assert found["path"] == "package-lock.json"
    assert found["cwes"] == (1321,)
    assert found["message"] == "minimist <0.2.1: Prototype Pollution in minimist"


def test_packages_that_only_depend_on_a_vulnerable_one_are_not_counted():
    dependent = package("minimist", name="mkdirp", nodes=["node_modules/mkdirp"])
    run = read(npm_audit, report(minimist=package(ADVISORY), mkdirp=dependent))
    assert run.results == len(run.rows) == 1


def test_a_package_that_is_installed_twice_counts_once():
    nodes = ["node_modules/minimist", "node_modules/a/node_modules/minimist"]
    assert len(findings(npm_audit, report(minimist=package(ADVISORY, nodes=nodes)))) == 1


def test_two_advisories_of_one_package_are_two_findings():
    other = {**ADVISORY, "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h"}
    assert len(findings(npm_audit, report(minimist=package(ADVISORY, other)))) == 2


@pytest.mark.parametrize(("score", "expected"), [(9.8, "critical"), (0, "medium")])
def test_the_severity_word_counts_where_nobody_has_given_a_score(score, expected):
    rated = {**ADVISORY, "cvss": {"score": score, "vectorString": None}}
    assert finding(npm_audit, report(minimist=package(rated)))["severity"] == expected


def test_an_advisory_without_a_page_goes_by_the_registrys_number():
    bare = {**ADVISORY, "url": None}
    assert finding(npm_audit, report(minimist=package(bare)))["rule_id"] == "npm-1179"


def test_a_clean_report_proves_that_no_dependency_is_vulnerable():
    run = read(npm_audit, report())
    assert (run.tool, run.is_complete, run.results) == ("npm audit", True, 0)
    assert run.check_types == {"sca_vulns"}


def test_the_report_of_npm_6_counts_each_advisory_once():
    found = finding(npm_audit, old_report(OLD_ADVISORY, runId="a1"))
    assert found["rule_id"] == "npm-1179"
    assert found["severity"] == "high"
    assert found["path"] == "package-lock.json"
    assert found["cwes"] == (1321,)


def test_the_lock_file_of_other_package_managers_is_not_known():
    assert finding(npm_audit, old_report(OLD_ADVISORY))["path"] == ""


def test_a_clean_report_of_npm_6_or_pnpm_is_complete():
    assert read(npm_audit, old_report()).is_complete


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile."}},
        {"message": "request failed", "statusCode": 503, "error": {"code": "ENOLOCK"}},
    ],
    ids=["no lock file", "registry"],
)
def test_an_error_in_place_of_a_report_is_refused_with_its_code(document):
    assert "(ENOLOCK)" in refused(document)


@pytest.mark.parametrize(
    "error",
    [{"code": "https://user:hunter22@registry"}, {"summary": "hunter22"}, "hunter22", {}],
    ids=["odd code", "no code", "text", "empty"],
)
def test_nothing_else_of_an_error_is_repeated(error):
    message = refused({"error": error, "auditReportVersion": 2, "vulnerabilities": {}})
    assert "an error of npm audit and no result" in message
    assert "hunter22" not in message


def test_a_report_that_lists_nothing_is_refused():
    assert "$.vulnerabilities" in refused({"auditReportVersion": 2})


def test_what_does_not_fit_is_named_by_its_path():
    assert "$.vulnerabilities[...].via" in refused(report(minimist={"via": {}}))
