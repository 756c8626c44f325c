"""Which check a finding belongs to."""

import pytest

from scans.domain.classify import check_type
from scans.domain.facts import Facts
from scans.domain.tools import Tool, tool_named


def classified(tool, rule_id="R1", **more):
    return check_type(Facts(tool=tool_named(tool), rule_id=rule_id, **more))


@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [
        ("Bandit", "bandit", "sast"),
        ("Semgrep OSS", "semgrep", "sast"),
        (" ESLint 8.57 ", "eslint", "quality"),
        ("Snyk Open Source", "snyk open source", "sca"),
        ("snyk iac", "snyk iac", "iac"),
        ("codeql/java-queries", "codeql", "sast"),
        ("Semmle QL", "semmle", "sast"),
        ("nodejsscan", "nodejsscan", "sast"),
        ("devskim", "devskim", "sast"),
        ("Veracode Static Analysis Pipeline Scan", "veracode", "sast"),
        ("MicroFocus Fortify SCA", "microfocus fortify", "sast"),
        ("JFrog Xray Scanner", "jfrog xray scanner", "sca"),
        ("JFrog Secrets scanner", "jfrog secrets scanner", "secrets"),
        ("JFrog Terraform scanner", "jfrog terraform scanner", "iac"),
        ("docker scout", "docker scout", "sca"),
        (
            "Anchore Container Vulnerability Report (T0)",
            "anchore container vulnerability report",
            "sca",
        ),
        ("Trivy: Vulnerability Scanner for Containers", "trivy", "multi"),
        ("Microsoft (R) Visual C# Compiler", "microsoft (r) visual c# compiler", "quality"),
        ("GNU C17", "gnu c", "quality"),
        ("GNU C++17", "gnu c", "quality"),
        ("clang", "clang", "quality"),
        ("clang-tidy", "clang-tidy", "quality"),
        ("QDNETC", "qdnetc", "quality"),
        ("clangd", "", "unknown"),
        ("Coverity", "", "unknown"),
        ("Inferno", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_a_tool_is_known_by_the_longest_beginning_of_its_name(name, key, kind):
    found = tool_named(name)

    assert (found.key, found.kind) == (key, kind)


def test_an_unknown_tool_has_no_table_entry():
    assert tool_named("SomeScanner") == Tool()


@pytest.mark.parametrize(
    ("tool", "rule_id", "expected"),
    [
        ("Bandit", "B105", "secrets"),
        ("Bandit", "B602", "sast_security"),
        ("Ruff", "S105", "secrets"),
        ("Ruff", "S324", "sast_crypto"),
        ("Ruff", "S104", "sast_auth"),
        ("Ruff", "S602", "sast_security"),
        ("Ruff", "SIM102", "code_quality"),
        ("Ruff", "F401", "code_quality"),
        ("Checkov", "CKV_AWS_41", "secrets"),
        ("Checkov", "CKV_AWS_20", "iac_issues"),
        ("Checkov", "CKV2_AWS_61", "iac_issues"),
        ("Checkov", "CKV_SECRET_6", "secrets"),
        ("Checkov", "CKV_CVE_2020", "sca_vulns"),
        ("Checkov", "PRISMA-2021-1", "sca_vulns"),
        ("Checkov", "BC_LIC_1", "licence"),
        ("Checkov", "MIT_requests@2.0.0", "licence"),
        ("Checkov", "CUSTOM_1", "sast_security"),
        ("Prisma Cloud", "CKV_SECRET_6", "secrets"),
        ("Semgrep", "generic.secrets.gitleaks.aws", "secrets"),
        ("Semgrep", "python.secrets.x", "secrets"),
        ("Semgrep", "ssc-1234", "sca_vulns"),
        ("Semgrep", "terraform.aws.best-practice.x", "iac_issues"),
        ("Opengrep", "rules.yaml.kubernetes.security.x", "iac_issues"),
        ("ESLint", "security/detect-eval", "sast_security"),
        ("ESLint", "no-secrets/no-secrets", "secrets"),
        ("ESLint", "no-unused-vars", "code_quality"),
        ("SonarQube", "java:S2068", "secrets"),
        ("SonarLint", "S6418", "secrets"),
        ("SonarCloud", "java:S1135", "code_quality"),
        ("clang-tidy", "clang-analyzer-security.x", "sast_security"),
        ("clang-tidy", "bugprone-x", "code_quality"),
        ("clang-tidy", "cert-err33-c", "code_quality"),
        ("ESLint", "no-unsanitized/property", "sast_security"),
        ("ESLint", "@microsoft/sdl/no-inner-html", "sast_security"),
        ("SonarQube", "java:S6290", "secrets"),
        ("Checkov", "CKV_AWS_45", "secrets"),
        ("Checkov", "CKV_AWS_46", "secrets"),
        ("Checkov", "CVE-2021-3121", "sca_vulns"),
        ("Checkov", "GHSA-h5c8-rqwp-cp95", "sca_vulns"),
        ("Semgrep", "dockerfile.security.missing-user", "iac_issues"),
        ("Semgrep", "yaml.docker-compose.security.x", "iac_issues"),
        ("Semgrep", "yaml.github-actions.security.x", "iac_issues"),
        ("Semgrep", "json.aws.security.x", "iac_issues"),
        ("devskim", "DS126858", "sast_security"),
        ("golangci-lint", "gosec", "sast_security"),
        ("golangci-lint", "errcheck", "code_quality"),
        ("Snyk Open Source", "snyk:lic:npm:gulp:MIT", "licence"),
        ("Snyk Container", "SNYK-DEBIAN-1", "sca_vulns"),
        ("gitleaks", "generic-api-key", "secrets"),
        ("Grype", "whatever", "sca_vulns"),
        ("KICS", "whatever", "iac_issues"),
    ],
)
def test_rules_and_kinds_of_known_tools(tool, rule_id, expected):
    assert classified(tool, rule_id) == expected


@pytest.mark.parametrize(
    ("rule_id", "expected"),
    [
        ("CVE-2024-1234", "sca_vulns"),
        ("[npm] GHSA-abcd-efgh", "sca_vulns"),
        ("[HIGH] CVE-2020-8203", "sca_vulns"),
        ("PYSEC-2021-9", "sca_vulns"),
        ("RUSTSEC-2021-0001", "sca_vulns"),
        ("GO-2022-0001", "sca_vulns"),
        ("MAL-2024-1", "sca_vulns"),
        ("SNYK-JS-LODASH-1", "sca_vulns"),
        ("CKV2_AWS_1", "iac_issues"),
        ("KSV001", "iac_issues"),
        ("DL3008", "iac_issues"),
        ("AC_AWS_0214", "iac_issues"),
        ("C-0016", "iac_issues"),
        ("AVD-AWS-0001", "iac_issues"),
        ("DS002", "iac_issues"),
        ("hardcoded-password", "secrets"),
        ("aws-secret-key", "secrets"),
        ("line-length", "code_quality"),
    ],
)
def test_rule_ids_speak_for_unknown_tools(rule_id, expected):
    assert classified("SomeScanner", rule_id) == expected


def test_secret_words_in_a_rule_id_do_not_speak_for_mixed_tools():
    assert classified("Trivy", "secret-in-config") == "sast_security"


def test_a_rule_on_how_secrets_are_encrypted_has_found_no_secret():
    assert classified("SomeScanner", "weak-secret-hash", cwes=(327,)) == "sast_crypto"


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("OsPackageVulnerability", (), "sca_vulns"),
        ("Misconfiguration", (), "iac_issues"),
        ("Secret", (), "secrets"),
        ("License", (), "licence"),
        ("UnknownIssue", ("vulnerability", "LOW"), "sca_vulns"),
        ("UnknownIssue", (), "sast_security"),
    ],
)
def test_trivys_rule_names_tell_its_classes(name, tags, expected):
    assert classified("Trivy", rule_name=name, tags=tags) == expected


@pytest.mark.parametrize(
    ("tool", "more", "expected"),
    [
        ("CodeQL", {"tags": ("security", "maintainability")}, "sast_security"),
        ("CodeQL", {"tags": ("security",), "cwes": (327,)}, "sast_crypto"),
        ("CodeQL", {"tags": ("maintainability",)}, "code_quality"),
        ("Semgrep", {"labels": ("best-practice",)}, "code_quality"),
        ("SpotBugs", {"labels": ("malicious_code",)}, "sast_security"),
        ("SpotBugs", {"labels": ("security",), "cwes": (476,)}, "sast_security"),
        ("SpotBugs", {"labels": ("style",)}, "code_quality"),
        ("SonarQube", {"labels": ("security_hotspot",)}, "sast_security"),
    ],
)
def test_labels_tell_the_classes_of_other_tools(tool, more, expected):
    assert classified(tool, **more) == expected


@pytest.mark.parametrize(
    ("cwes", "expected"),
    [
        ((798,), "secrets"),
        ((352,), "sast_auth"),
        ((327,), "sast_crypto"),
        ((79,), "sast_security"),
        ((79, 327), "sast_crypto"),
        ((327, 352), "sast_auth"),
        ((352, 798), "secrets"),
        ((1104,), "sca_vulns"),
        ((16,), "sast_security"),
        ((9999,), "sast_security"),
        ((1041,), "code_quality"),
    ],
)
def test_the_first_cwe_set_by_priority_decides(cwes, expected):
    assert classified("Bandit", cwes=cwes) == expected


@pytest.mark.parametrize(
    ("cwe", "expected"),
    [
        (131, "code_quality"),
        (190, "code_quality"),
        (370, "sast_crypto"),
        (541, "secrets"),
        (1385, "sast_auth"),
        (1427, "sast_security"),
        (1428, "sast_crypto"),
    ],
)
def test_an_unlisted_cwe_is_what_its_nearest_listed_ancestor_is(cwe, expected):
    assert classified("SomeScanner", cwes=(cwe,)) == expected


@pytest.mark.parametrize("cwe", [134, 242, 428, 526, 616, 912])
def test_a_flaw_under_a_heading_of_another_kind_is_a_security_flaw(cwe):
    assert classified("SomeScanner", cwes=(cwe,)) == "sast_security"


@pytest.mark.parametrize("cwe", [491, 582, 587, 608, 766])
def test_what_a_language_hides_is_quality_unless_the_rule_is_about_security(cwe):
    assert classified("SomeScanner", cwes=(cwe,)) == "code_quality"
    assert classified("Bandit", cwes=(cwe,)) == "sast_security"


def test_a_cwe_on_a_vulnerable_component_never_changes_its_check():
    assert classified("Grype", "CVE-2024-1", cwes=(798,)) == "sca_vulns"
    assert classified("Trivy", "CVE-2024-1", cwes=(798,)) == "sca_vulns"


@pytest.mark.parametrize("label", ["security", "microsoft.security"])
def test_the_category_security_counts_as_the_tag(label):
    compiler = "Microsoft (R) Visual C# Compiler"

    assert classified(compiler, "CA5350", labels=(label,)) == "sast_security"
    assert classified(compiler, "CA1822", labels=("performance",)) == "code_quality"


def test_an_unlisted_cwe_goes_with_its_nearest_listed_ancestor():
    assert classified("SomeScanner", cwes=(416,), tags=()) == "code_quality"
    assert classified("SomeScanner", cwes=(416,), tags=("security",)) == "sast_security"


@pytest.mark.parametrize(
    ("tool", "more", "expected"),
    [
        ("Bandit", {}, "sast_security"),
        ("Pylint", {}, "code_quality"),
        ("Pylint", {"tags": ("Security",)}, "sast_security"),
        ("Pylint", {"security_severity": 4.0}, "sast_security"),
        ("Pylint", {"security_severity": 3.9}, "code_quality"),
    ],
)
def test_reliability_flaws_are_security_flaws_of_security_rules(tool, more, expected):
    assert classified(tool, cwes=(476,), **more) == expected


def test_configuration_flaws_are_infrastructure_issues_in_such_files():
    assert classified("SomeScanner", cwes=(16,), is_infrastructure=True) == "iac_issues"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("credentials", "secrets"),
        ("weak-crypto", "sast_crypto"),
        ("Authentication", "sast_auth"),
        ("security", "sast_security"),
        ("performance", "code_quality"),
        ("authors", "code_quality"),
    ],
)
def test_words_of_tags_count_without_a_cwe(tag, expected):
    assert classified("SomeScanner", tags=(tag,)) == expected


def test_words_of_a_linters_tags_need_the_tag_security():
    assert classified("Pylint", tags=("session",)) == "code_quality"
    assert classified("Pylint", tags=("session", "security")) == "sast_auth"


@pytest.mark.parametrize(
    ("tool", "more", "expected"),
    [
        ("SomeScanner", {}, "code_quality"),
        ("SomeScanner", {"security_severity": 1.0}, "sast_security"),
        ("SomeScanner", {"security_severity": 1.0, "is_infrastructure": True}, "iac_issues"),
        ("SomeScanner", {"is_infrastructure": True}, "code_quality"),
        ("Pylint", {"security_severity": 1.0}, "code_quality"),
        ("Pylint", {"security_severity": 7.0}, "sast_security"),
        ("Gosec", {}, "sast_security"),
        ("Checkov", {"is_infrastructure": True}, "iac_issues"),
    ],
)
def test_without_any_hint_the_tool_decides(tool, more, expected):
    assert classified(tool, **more) == expected
