"""How reports of particular tools are read; the samples have the shape that each tool writes."""

from collections import Counter

import pytest

from tests.scans.domain.reports import finding, findings, one_run, parsed, result, rule, run


def judged(*results, **more):
    return [(row["check_type"], row["severity"]) for row in findings(*results, **more)]


def of_rule(described, *, tool, **more):
    found = finding(result(described["id"], **more), tool=tool, rules=[described])
    return found["check_type"], found["severity"]


def test_runs_of_several_tools_in_one_log_are_judged_by_their_own_tool():
    found = parsed(
        run(result("B602"), tool="Bandit"),
        run(result("CKV_AWS_20", "main.tf"), tool="Checkov"),
        run(result("no-unused-vars"), tool="ESLint"),
        run(tool="Trivy"),
    )

    assert [(one.tool, one.check_types) for one in found] == [
        ("Bandit", {"sast_security", "sast_auth", "sast_crypto"}),
        ("Checkov", {"iac_issues"}),
        ("ESLint", {"code_quality"}),
        ("Trivy", set()),
    ]


@pytest.mark.parametrize("tool", ["Semmle QL", "LGTM.com", "HP Fortify Static Code Analyzer"])
def test_a_result_may_name_its_rule_by_index_alone(tool):
    rules = [rule("other"), rule("py/sql", tags=["security", "external/cwe/cwe-089"])]
    bare = {"ruleIndex": 1, "message": {"text": "x"}, "level": "error"}

    found = finding(bare, tool=tool, rules=rules)

    assert (found["rule_id"], found["cwes"]) == ("py/sql", (89,))
    assert (found["check_type"], found["severity"]) == ("sast_security", "high")


def test_codeqls_rules_lie_in_packs_and_carry_level_and_score():
    pack = {
        "name": "codeql/python-queries",
        "rules": [
            rule("py/sql", tags=["security", "external/cwe/cwe-089"], score="8.8"),
            rule("py/unused", tags=["maintainability"], level="note"),
        ],
    }
    within = [{"rule": {"index": n, "toolComponent": {"index": 0}}} for n in (0, 1)]

    assert judged(*within, tool="CodeQL", extensions=[pack]) == [
        ("sast_security", "high"),
        ("code_quality", "info"),
    ]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (rule("EI_EXPOSE_REP", tags=["MALICIOUS_CODE"], level="note"), ("sast_security", "low")),
        (rule("SQL_INJECTION", tags=["SECURITY"], level="error"), ("sast_security", "high")),
        (rule("NP_NULL_PARAM", tags=["CORRECTNESS"], level="error"), ("code_quality", "medium")),
    ],
    ids=["malicious-code", "security", "correctness"],
)
def test_spotbugs_categories_stand_in_the_tags(described, expected):
    assert of_rule(described, tool="SpotBugs") == expected


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("Snyk Open Source", "sca_vulns"),
        ("Snyk Container", "sca_vulns"),
        ("Snyk IaC", "iac_issues"),
        ("SnykCode", "sast_security"),
    ],
)
def test_snyks_products_are_tools_of_their_own(tool, expected):
    assert of_rule(rule("SNYK-1", tags=["security"]), tool=tool, level="error") == (
        expected,
        "high",
    )


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (
            rule("[HIGH] CVE-2020-8203", name="dockerfile_scan", tags=["vulnerability", "HIGH"]),
            ("sca_vulns", "high"),
        ),
        (
            rule("CVE-2020-8203", name="LanguageSpecificPackageVulnerability", score="7.4"),
            ("sca_vulns", "high"),
        ),
        (
            rule("DS002", name="Misconfiguration", tags=["misconfiguration", "HIGH"], score="8.0"),
            ("iac_issues", "high"),
        ),
        (
            rule("aws-access-key-id", name="Secret", tags=["secret", "CRITICAL"], score="9.5"),
            ("secrets", "critical"),
        ),
        (
            rule("GPL-3.0", name="License", tags=["license", "HIGH"], score="8.0"),
            ("licence", "high"),
        ),
    ],
    ids=["template-of-0.15", "vulnerability", "misconfiguration", "secret", "licence"],
)
def test_one_trivy_run_mixes_classes(described, expected):
    assert of_rule(described, tool="Trivy", level="error") == expected


def test_trivys_score_comes_before_the_level_of_the_vendor():
    described = rule("CVE-2020-8203", name="OsPackageVulnerability", score="3.1")

    assert of_rule(described, tool="Trivy", level="error") == ("sca_vulns", "low")


def test_checkovs_rules_alone_show_what_it_has_checked():
    found = one_run(tool="Checkov", rules=[rule("CKV_AWS_20"), rule("CKV_SECRET_2")])

    assert found.check_types == {"iac_issues", "secrets"}


def test_a_skipped_checkov_check_is_a_suppression_without_status():
    skipped = result("CKV_AWS_20", suppressions=[{"kind": "inSource", "justification": "x"}])

    assert finding(skipped, tool="Checkov")["is_suppressed"]


@pytest.mark.parametrize("tool", ["tfsec", "terrascan", "KICS"])
def test_severity_words_of_infrastructure_scanners_come_before_the_level(tool):
    described = rule("AWS.S3Bucket.DS.High.1043", properties={"severity": "HIGH"})

    assert of_rule(described, tool=tool, level="warning") == ("iac_issues", "high")


@pytest.mark.parametrize(
    ("cwe", "expected"),
    [("80", "sast_security"), ("259", "secrets"), ("327", "sast_crypto"), ("352", "sast_auth")],
)
def test_veracodes_rules_are_cwe_numbers_and_its_rank_ends_at_five(cwe, expected):
    tool = "Veracode Static Analysis Pipeline Scan"
    found = finding(result(cwe, level="error", rank=4), tool=tool, rules=[rule(cwe)])

    assert (found["check_type"], found["cwes"]) == (expected, (int(cwe),))
    assert found["severity"] == "high"


def test_semgrep_finds_code_components_and_secrets_in_one_run():
    ids = ["python.lang.security.eval", "ssc-0a1b", "generic.secrets.security.aws-key"]

    found = judged(
        *map(result, ids), tool="Semgrep PRO", rules=[rule(i, level="error") for i in ids]
    )

    assert found == [("sast_security", "high"), ("sca_vulns", "high"), ("secrets", "high")]


def test_semgrep_without_a_login_writes_one_fingerprint_for_all():
    asked = {"matchBasedId/v1": "requires login"}

    found = one_run(
        result(line=1, text="a", fingerprints=asked),
        result(line=2, text="b", fingerprints=asked),
        tool="Semgrep OSS",
    )

    assert len(found.rows) == 2


CSHARP = "Microsoft (R) Visual C# Compiler"


def test_the_dotnet_compilers_override_levels_and_suppress_in_the_source():
    override = {"descriptor": {"id": "CA1822", "index": 0}, "configuration": {"level": "error"}}
    found = finding(
        result("CA1822", ruleIndex=0, suppressions=[{"kind": "inSource"}]),
        tool=CSHARP,
        rules=[rule("CA1822", level="note", properties={"category": "Performance"})],
        invocations=[{"executionSuccessful": True, "ruleConfigurationOverrides": [override]}],
    )

    assert (found["check_type"], found["severity"]) == ("code_quality", "medium")
    assert found["is_suppressed"]


def test_the_dotnet_compilers_say_security_in_the_category():
    described = rule("CA5350", properties={"category": "Security"}, level="warning")

    assert of_rule(described, tool=CSHARP) == ("sast_security", "medium")


def test_gccs_paths_are_relative_to_where_it_ran():
    found = finding(
        {
            "ruleId": "-Wformat-security",
            "level": "warning",
            "message": {"text": "x"},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": "src/a.c", "uriBaseId": "PWD"}}}
            ],
        },
        tool="GNU C17",
        originalUriBaseIds={"PWD": {"uri": "file:///x/my%20app/"}},
    )

    assert (found["path"], found["check_type"]) == ("src/a.c", "code_quality")


def test_a_file_that_eslint_could_not_parse_leaves_the_run_incomplete():
    found = one_run(
        tool="ESLint",
        invocations=[
            {
                "executionSuccessful": False,
                "toolConfigurationNotifications": [
                    {"descriptor": {"id": "ESL0999"}, "level": "error", "message": {"text": "x"}}
                ],
            }
        ],
    )

    assert not found.is_complete


@pytest.mark.parametrize(
    "tool", ["clippy", "PSScriptAnalyzer", "Polyspace Bug Finder", "mypy", "detekt", "typos"]
)
def test_a_linters_findings_are_quality_and_one_step_lower(tool):
    assert judged(result(level="warning"), tool=tool) == [("code_quality", "low")]


def test_scorecards_checks_are_security_by_their_tag_and_score():
    described = rule("PinnedDependenciesID", tags=["supply-chain", "security"], score="5.0")

    assert of_rule(described, tool="Scorecard", level="error") == ("sast_security", "medium")


def test_what_docker_scout_finds_is_a_vulnerable_component():
    described = rule(
        "CVE-2022-37434", name="OsPackageVulnerability", properties={"cvssV3_severity": "CRITICAL"},
        score="9.8",
    )  # fmt: skip

    assert of_rule(described, tool="docker scout") == ("sca_vulns", "critical")


def test_new_grypes_suppressions_count():
    found = finding(result("CVE-2020-1-zlib", suppressions=[{"kind": "external"}]), tool="Grype")

    assert found["is_suppressed"]


@pytest.mark.parametrize("state", ["accepted", "dismissed"])
def test_what_the_api_of_github_gives_back_has_a_state_for_the_status(state):
    given = {
        "ruleId": "py/sql",
        "rule": {"id": "py/sql", "index": 0, "toolComponent": {"index": 0}},
        "correlationGuid": "4d15d5b6-0000-4000-8000-000000000000",
        "suppressions": [{"kind": "external", "state": state}],
    }

    found = finding(given, tool="CodeQL", extensions=[{"name": "p", "rules": [rule("py/sql")]}])

    assert found["is_suppressed"]


def test_flawfinders_cwes_are_relationships_and_its_rank_says_nothing():
    target = {"id": "CWE-120", "toolComponent": {"name": "CWE", "guid": "g"}}
    described = rule("FF1001", relationships=[{"target": target, "kinds": ["relevant"]}])

    found = finding(
        result("FF1001", level="error", rank=0.8),
        tool="Flawfinder",
        rules=[described],
        taxonomies=[{"name": "CWE", "guid": "g"}],
        externalPropertyFileReferences={"taxonomies": [{"location": {"uri": "https://x.example"}}]},
    )

    assert (found["cwes"], found["severity"]) == ((120,), "high")


def test_bandits_words_come_before_its_levels():
    own = {"issue_severity": "LOW", "issue_confidence": "HIGH"}

    assert judged(result("B101", level="error", properties=own), tool="Bandit") == [
        ("sast_security", "low")
    ]


def test_osv_scanner_writes_warning_for_all_which_is_medium():
    described = rule("CVE-2022-24713", deprecatedIds=["CVE-2022-24713", "GHSA-m5pq-gvj9-9vr8"])

    assert of_rule(described, tool="osv-scanner", level="warning") == ("sca_vulns", "medium")


def test_kinds_that_are_no_failures_are_told_apart():
    kinds = ["pass", "open", "review", "notApplicable", "informational", "fail"]

    found = one_run(*(result(f"R{n}", kind=kind) for n, kind in enumerate(kinds)), tool="KICS")

    assert Counter(row[2] for row in found.rows) == {"info": 1, "medium": 1}
    assert sum(found.ignored.values()) == 4
