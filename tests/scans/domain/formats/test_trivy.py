import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import trivy
from tests.scans.domain.formats.reading import LIMITS, finding, findings, ids, read
from tests.scans.domain.reports import located, one_run, rule

FLAW = {
    "VulnerabilityID": "CVE-2020-8203",
    "PkgName": "lodash",
    "InstalledVersion": "4.17.15",
    "FixedVersion": "4.17.20",
    "Title": "prototype pollution",
    "Severity": "HIGH",
    "SeveritySource": "ghsa",
    "CweIDs": ["CWE-770"],
    "CVSS": {"ghsa": {"V3Score": 9.1}, "nvd": {"V3Score": 7.4}},
}
BUCKET = {
    "ID": "AVD-AWS-0086",
    "AVDID": "AVD-AWS-0086",
    "Title": "S3 access block should block public ACL",
    "Message": "No public access block.",
    "Severity": "HIGH",
    "Status": "FAIL",
    "PrimaryURL": "https://avd.aquasec.com/misconfig/avd-aws-0086",
    "CauseMetadata": {"StartLine": 4, "EndLine": 9},
}
KEY = {
    "RuleID": "github-pat",
    "Title": "GitHub Personal Access Token",
    "Severity": "CRITICAL",
    "StartLine": 7,
    "Match": "token = ghp_plantedsecretvalue",
    "Code": {"Lines": [{"Content": "token = ghp_plantedsecretvalue"}]},
}
LICENCE = {"Name": "AGPL-3.0", "PkgName": "ghost", "Severity": "CRITICAL", "Category": "forbidden"}


def result(kind, target="package-lock.json", **more):
    return {"Target": target, "Class": kind, "Type": "npm", **more}


def report(*results, **more):
    return {"SchemaVersion": 2, "ArtifactName": ".", "Results": list(results), **more}


def packages(*flaws, **more):
    return result("lang-pkgs", Vulnerabilities=list(flaws), **more)


def checks(*found, target="infra/main.tf"):
    return result("config", target=target, Misconfigurations=list(found))


def secrets(*found):
    return result("secret", target="deploy/.env", Secrets=list(found))


def test_a_vulnerability_is_a_vulnerable_component_of_its_target():
    found = finding(trivy, report(packages(FLAW)))
    assert found["check_type"] == "sca_vulns"
    assert (found["rule_id"], found["path"]) == ("CVE-2020-8203", "package-lock.json")
    assert found["message"] == "lodash 4.17.15: prototype pollution"
    assert found["cwes"] == (770,)


def test_the_path_of_a_package_counts_more_than_the_target():
    flaw = {**FLAW, "PkgPath": "app/node_modules/lodash/package.json"}
    found = finding(trivy, report(packages(flaw, target="Node.js")))
    assert found["path"] == "app/node_modules/lodash/package.json"


@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        ({}, "critical"),
        ({"SeveritySource": "redhat"}, "high"),
        ({"CVSS": {"ghsa": {"V2Score": 9.9}}}, "high"),
        ({"CVSS": {"ghsa": None}, "Severity": "LOW"}, "low"),
        ({"CVSS": None, "Severity": "UNKNOWN"}, "info"),
        ({"CVSS": None, "Severity": None}, "medium"),
    ],
    ids=["score", "score of others", "no CVSS 3", "null", "unknown", "none"],
)
def test_the_severity_is_the_score_of_its_source_else_the_word(flaw, expected):
    assert finding(trivy, report(packages({**FLAW, **flaw})))["severity"] == expected


def test_a_flaw_that_a_vendor_calls_not_affected_is_suppressed():
    flaw = {**FLAW, "Status": "not_affected"}
    assert finding(trivy, report(packages(flaw)))["is_suppressed"]


@pytest.mark.parametrize("status", ["affected", "fixed", "will_not_fix", "end_of_life", None])
def test_every_other_status_counts(status):
    assert not finding(trivy, report(packages({**FLAW, "Status": status})))["is_suppressed"]


def test_a_failed_check_is_an_infrastructure_issue_at_its_line():
    found = finding(trivy, report(checks(BUCKET)))
    assert found["check_type"] == "iac_issues"
    assert (found["rule_id"], found["severity"]) == ("AVD-AWS-0086", "high")
    assert (found["path"], found["line"]) == ("infra/main.tf", 4)
    assert "No public access block." in found["message"]


def test_a_passed_check_is_no_finding_and_an_exception_is_suppressed():
    passed, excepted = {**BUCKET, "Status": "PASS"}, {**BUCKET, "Status": "EXCEPTION"}
    run = read(trivy, report(checks(passed, excepted)))
    assert run.ignored == {"kind_pass": 1}
    assert [row[8] for row in run.rows] == [True]
    assert run.results == 2


def test_a_secret_is_told_without_its_value():
    run = read(trivy, report(secrets(KEY)))
    (row,) = run.rows
    assert row[1:7] == (
        "secrets",
        "critical",
        "github-pat",
        "deploy/.env",
        7,
        "GitHub Personal Access Token",
    )
    assert "planted" not in repr(run)


def test_a_licence_is_a_licence_finding():
    found = finding(trivy, report(result("license", Licenses=[LICENCE])))
    assert (found["check_type"], found["rule_id"]) == ("licence", "ghost:AGPL-3.0")


@pytest.mark.parametrize(
    ("kind", "finding_"),
    [
        ("vulnerability", FLAW),
        ("misconfiguration", BUCKET),
        ("secret", KEY),
        ("license", LICENCE),
    ],
    ids=["vulnerability", "misconfiguration", "secret", "license"],
)
def test_what_an_ignore_file_or_vex_took_out_is_suppressed(kind, finding_):
    modified = [{"Type": kind, "Status": "ignored", "Source": ".trivyignore", "Finding": finding_}]
    found = finding(trivy, report(packages(ExperimentalModifiedFindings=modified)))
    assert found["is_suppressed"]


def test_a_modified_finding_of_another_type_is_ignored():
    modified = [{"Type": "crypto", "Finding": {}}, {"Type": "secret"}]
    run = read(trivy, report(packages(ExperimentalModifiedFindings=modified)))
    assert (run.rows, run.ignored) == ([], {"unknown_type": 2})


def test_a_modified_finding_that_does_not_fit_is_named_by_its_path():
    modified = [{"Type": "secret", "Finding": {"RuleID": []}}]
    text = json.dumps(report(packages(ExperimentalModifiedFindings=modified))).encode()
    path = r"\$\.Results\[0\]\.ExperimentalModifiedFindings\[0\]\.Finding\.RuleID"
    with pytest.raises(ReportFormatError, match=path):
        trivy.parse(text, LIMITS)


@pytest.mark.parametrize(
    ("kind", "proved"),
    [
        ("os-pkgs", {"sca_vulns"}),
        ("lang-pkgs", {"sca_vulns"}),
        ("config", {"iac_issues"}),
        ("secret", {"secrets"}),
        ("license", set()),
        ("custom", set()),
    ],
)
def test_a_result_without_findings_proves_that_its_class_was_checked(kind, proved):
    run = read(trivy, report(result(kind)))
    assert run.is_complete
    assert run.check_types == proved


@pytest.mark.parametrize("document", [report(), {"SchemaVersion": 2}], ids=["empty", "absent"])
def test_a_report_without_results_proves_nothing_by_itself(document):
    assert read(trivy, document).check_types == set()


def test_old_reports_are_an_array_of_results_without_classes():
    old = {"Target": "package-lock.json", "Type": "npm", "Vulnerabilities": [FLAW]}
    assert findings(trivy, [old]) == findings(trivy, report(packages(FLAW)))
    assert read(trivy, [{**old, "Vulnerabilities": None}]).check_types == {"sca_vulns"}


def test_the_tools_version_is_taken_where_the_report_names_it():
    assert read(trivy, report(Trivy={"Version": "0.69.0"})).version == "0.69.0"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("alpine:3.15 (alpine 3.15.4)", "library/alpine"),
        ("docker.io/alpine (alpine 3.15.4)", "library/alpine"),
        ("ghcr.io/org/shop:1.2 (debian 12.1)", "org/shop"),
        ("localhost:5000/shop@sha256:ab12 (debian 12.1)", "shop"),
        ("org/shop (debian 12.1)", "org/shop"),
        ("Shop Image.tar (debian 12.1)", "Shop Image.tar"),
    ],
)
def test_packages_of_an_image_lie_in_its_repository(target, path):
    os_packages = result("os-pkgs", target=target, Vulnerabilities=[FLAW])
    assert finding(trivy, report(os_packages))["path"] == path


def sarif(rule_id, name, *, score, text, uri, line=1):
    described = rule(rule_id, score=score, name=name, fullDescription={"text": "Some text."})
    found = {"ruleId": rule_id, "message": {"text": text}, "locations": [located(uri, line)]}
    return one_run(found, tool="Trivy", rules=[described])


PACKAGE_TEXT = (
    "Package: lodash\nInstalled Version: 4.17.15\nVulnerability CVE-2020-8203\n"
    "Severity: HIGH\nFixed Version: 4.17.20\nLink: [CVE-2020-8203](https://a.test)"
)
BUCKET_TEXT = (
    "Artifact: infra/main.tf\nType: terraform\nVulnerability AVD-AWS-0086\n"
    "Severity: HIGH\nMessage: No public access block.\n"
    "Link: [AVD-AWS-0086](https://avd.aquasec.com/misconfig/avd-aws-0086)"
)
KEY_TEXT = (
    "Artifact: deploy/.env\nType: \nSecret GitHub Personal Access Token\n"
    "Severity: CRITICAL\nMatch: token = ****"
)
BOTH_WAYS = {
    "library": (
        packages(FLAW),
        sarif(
            "CVE-2020-8203",
            "LanguageSpecificPackageVulnerability",
            score="9.1",
            text=PACKAGE_TEXT,
            uri="package-lock.json",
        ),
    ),
    "system package": (
        result("os-pkgs", "alpine:3.15 (alpine 3.15.4)", Vulnerabilities=[FLAW]),
        sarif(
            "CVE-2020-8203",
            "OsPackageVulnerability",
            score="9.1",
            text=PACKAGE_TEXT,
            uri="library/alpine",
        ),
    ),
    "misconfiguration": (
        {**checks(BUCKET), "Type": "terraform"},
        sarif(
            "AVD-AWS-0086",
            "Misconfiguration",
            score="8.0",
            text=BUCKET_TEXT,
            uri="infra/main.tf",
            line=4,
        ),
    ),
    "secret": (
        secrets(KEY),
        sarif("github-pat", "Secret", score="9.5", text=KEY_TEXT, uri="deploy/.env", line=7),
    ),
}


@pytest.mark.parametrize(("as_json", "as_sarif"), BOTH_WAYS.values(), ids=BOTH_WAYS.keys())
def test_a_flaw_is_the_same_finding_of_the_same_severity_in_sarif(as_json, as_sarif):
    run = read(trivy, report(as_json))
    assert ids(run.rows) == ids(as_sarif.rows)
    assert [row[1:5] for row in run.rows] == [row[1:5] for row in as_sarif.rows]
    assert (run.tool, run.category) == (as_sarif.tool, as_sarif.category)
