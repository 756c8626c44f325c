from datetime import timedelta

import pytest

from codestax.common.errors import DomainError
from compliance.domain.catalog import builtin_frameworks
from compliance.domain.scoring import FORMULA_VERSION, evaluate
from compliance.domain.summary import posture, recommendation
from scans.domain.evidence import QualityGate, Reviews
from tests.compliance.domain.scoring_builders import (
    FINDING_TYPES,
    NOW,
    control,
    everything,
    evidence,
    framework,
    group,
    policy,
    report,
)

PERFECT = {
    "quality_gate": QualityGate(result="passed", passed=9, evaluated=9),
    "reviews": Reviews(merged=9, reviewed=9),
}


@pytest.fixture
def document():
    """Evidence of 18 issues that gives the numbers of the published example."""
    given = evidence(
        group("secrets", "critical", 1),
        group("sast_crypto", "medium", 10),
        group("sast_auth", "high", 2),
        group("code_quality", "critical", 3),
        group("code_quality", "medium", 1),
        group("code_quality", "low", 1),
        last_success_at=NOW - timedelta(days=11, hours=18, minutes=14, seconds=24),
        quality_gate=QualityGate(result="failed", passed=9, evaluated=10),
        reviews=Reviews(merged=100, reviewed=99),
        lines_of_code=900,
    )
    return evaluate(given, everything(plan="team", enabled=("soc2", "pcidss")), NOW)


def test_the_summary_of_the_document(document):
    summary = document.summary

    assert (summary.overall_score, summary.total_controls) == (72, 30)
    assert (summary.passing, summary.partial, summary.failing) == (19, 6, 5)
    assert summary.posture == "Moderate"
    assert summary.recommendation == "Address failing controls in pcidss"
    assert document.total_issues == 18


def test_the_next_step_can_call_a_framework_by_its_name(document):
    said = recommendation(document.frameworks, is_scanned=True, names={"pcidss": "PCI DSS"})

    assert said == "Address failing controls in PCI DSS"


def test_the_framework_of_the_document(document):
    soc2 = document.frameworks["soc2"]

    assert list(document.frameworks) == ["soc2", "pcidss"]
    assert (soc2.name, soc2.score, soc2.total) == ("SOC 2 Type II", 78, 15)
    assert (soc2.passing, soc2.partial, soc2.failing) == (11, 3, 1)
    assert len(soc2.controls) == 15


def test_risk_areas_of_the_document_are_most_lost_first(document):
    areas = {area.area: area for area in document.summary.risk_areas}

    assert list(areas) == [
        "Secrets management",
        "Scan freshness",
        "Cryptography",
        "Quality gates",
        "Authentication and access control",
    ]
    secrets = areas["Secrets management"]
    assert (secrets.check_type, secrets.failing, secrets.partial) == ("secrets", 3, 0)
    # One secret fails three controls and is still one.
    assert (secrets.findings, secrets.worst_severity) == (1, "critical")
    assert secrets.controls == ("soc2:CC6.1", "pcidss:3.6.1", "pcidss:8.6.2")
    freshness = areas["Scan freshness"]
    assert (freshness.failing, freshness.partial, freshness.findings) == (0, 2, 0)
    assert freshness.worst_severity is None


def test_risk_areas_tie_by_failing_then_by_label():
    # Each loses 100: one failing, and two times two half credits.
    given = evidence(
        group("secrets", "critical"), group("sca_vulns", "high", 2), group("sast_auth", "high", 2)
    )
    own = framework(
        control("sca_vulns", "no_vulnerabilities", "V1"),
        control("sca_vulns", "no_high_vulnerabilities", "V2"),
        control("sast_auth", "no_auth_findings", "A1"),
        control("sast_auth", "no_high_auth_findings", "A2"),
        control("secrets", "no_secrets", "S1"),
    )

    summary = evaluate(given, policy(own), NOW).summary

    assert [area.check_type for area in summary.risk_areas] == ["secrets", "sast_auth", "sca_vulns"]
    assert [area.findings for area in summary.risk_areas] == [1, 2, 2]


def test_a_risk_area_counts_only_findings_that_its_controls_look_at():
    given = evidence(group("secrets", "high", 2), group("secrets", "medium", 40))
    own = framework(control("secrets", "no_high_secrets"))

    [area] = evaluate(given, policy(own), NOW).summary.risk_areas

    assert (area.findings, area.worst_severity) == (2, "high")


def test_at_most_five_risk_areas():
    assert len(evaluate(None, everything(), NOW).summary.risk_areas) == 5


def test_a_perfect_repository_scores_100_everywhere():
    assessment = evaluate(evidence(**PERFECT), everything(), NOW)

    assert {entry.score for entry in assessment.frameworks.values()} == {100}
    assert assessment.summary.overall_score == 100
    assert assessment.summary.posture == "Strong"
    assert assessment.summary.risk_areas == ()
    assert assessment.summary.coverage == 100
    assert assessment.summary.recommendation == "Keep controls and scan cadence as they are"


@pytest.mark.parametrize("enabled", [(), ("hipaa",), ("gone",)])
def test_without_an_enabled_framework_nothing_is_assessed(enabled):
    assessment = evaluate(evidence(), everything(plan="free", enabled=enabled), NOW)

    assert assessment.frameworks == {}
    assert assessment.summary.overall_score == 0
    assert assessment.summary.coverage == 0
    assert assessment.summary.posture == "Not Assessed"
    assert assessment.summary.recommendation == "Enable at least one framework"


def test_a_framework_with_every_control_disabled_scores_0_of_0():
    ids = tuple(entry.id for entry in builtin_frameworks()["hipaa"].controls)
    organization = everything(enabled=("hipaa",), disabled={"hipaa": ids})

    assessment = evaluate(evidence(**PERFECT), organization, NOW)

    hipaa = assessment.frameworks["hipaa"]
    assert (hipaa.score, hipaa.passing, hipaa.partial, hipaa.failing, hipaa.total) == (0,) * 5
    assert assessment.summary.posture == "Not Assessed"
    assert assessment.summary.recommendation == "Enable at least one framework"


def test_a_branch_never_scanned_is_not_assessed():
    summary = evaluate(None, everything(), NOW).summary

    assert (summary.overall_score, summary.failing, summary.coverage) == (0, 76, 0)
    assert summary.posture == "Not Assessed"
    assert summary.recommendation == "Run a first scan to collect evidence"


def test_disabled_controls_leave_every_count():
    given = evidence(group("secrets", "critical"), **PERFECT)
    before = evaluate(given, everything(), NOW, "soc2")
    after = evaluate(given, everything(disabled={"soc2": ("CC6.1", "CC8.1")}), NOW, "soc2")

    assert (before.frameworks["soc2"].total, before.frameworks["soc2"].failing) == (15, 1)
    assert (after.frameworks["soc2"].total, after.frameworks["soc2"].failing) == (13, 0)
    assert after.summary.total_controls == 13
    assert after.summary.overall_score == 100
    assert {"CC6.1", "CC8.1"}.isdisjoint(c.id for c in after.frameworks["soc2"].controls)


def test_scores_are_rounded_down():
    own = framework(
        *(control("secrets", "no_critical_secrets", f"P{number}") for number in range(199)),
        control("secrets", "no_secrets", "X"),
    )

    summary = evaluate(evidence(group("secrets", "low")), policy(own), NOW).summary

    assert (summary.passing, summary.partial, summary.overall_score) == (199, 1, 99)


def test_the_overall_score_weighs_every_control_the_same():
    small = framework(control("secrets", "no_secrets"), key="small", name="A")
    big = framework(
        *(control("sast_auth", "no_auth_findings", f"B{number}") for number in range(3)),
        key="big",
        name="B",
    )

    assessment = evaluate(evidence(group("secrets", "critical")), policy(small, big), NOW)

    assert [entry.score for entry in assessment.frameworks.values()] == [0, 100]
    assert assessment.summary.overall_score == 75


@pytest.mark.parametrize(
    ("score", "failing", "expected"),
    [
        (100, 0, "Strong"),
        (90, 0, "Strong"),
        (90, 1, "Good"),
        (89, 0, "Good"),
        (75, 4, "Good"),
        (74, 0, "Moderate"),
        (60, 1, "Moderate"),
        (59, 0, "Weak"),
        (40, 1, "Weak"),
        (39, 0, "Critical"),
        (0, 9, "Critical"),
    ],
)
def test_posture_is_a_band_of_the_score(score, failing, expected):
    assert posture(score, failing=failing, is_assessed=True) == expected


def two(first, second):
    return policy(
        framework(*first, key="bb", name="First"), framework(*second, key="aa", name="Second")
    )


FAILS = control("secrets", "no_secrets", "F1")
FAILS_TOO = control("secrets", "no_findings", "F2")
PASSES = control("sca_vulns", "no_vulnerabilities", "P")
PARTIAL = control("sast_auth", "no_auth_findings", "H")
PARTIAL_TOO = control("sast_auth", "no_findings", "H2")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([FAILS, FAILS_TOO], [FAILS], "bb"),
        ([FAILS], [FAILS, PASSES], "bb"),
        ([FAILS, PASSES], [FAILS, PASSES], "aa"),
        ([FAILS, PASSES], [PARTIAL], "bb"),
    ],
    ids=["most-failing", "lower-score", "alphabetical", "partial-does-not-matter"],
)
def test_failing_controls_are_addressed_first(first, second, expected):
    given = evidence(group("secrets", "critical"), group("sast_auth", "high", 3))

    summary = evaluate(given, two(first, second), NOW).summary

    assert summary.recommendation == f"Address failing controls in {expected}"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([PARTIAL, PARTIAL_TOO], [PARTIAL], "bb"),
        ([PARTIAL, PASSES], [PARTIAL], "aa"),
    ],
    ids=["most-lost", "alphabetical"],
)
def test_then_partial_controls_are_completed(first, second, expected):
    given = evidence(group("sast_auth", "high", 3))

    summary = evaluate(given, two(first, second), NOW).summary

    assert summary.recommendation == f"Complete partially met controls in {expected}"


def test_one_framework_alone_has_its_own_summary():
    given = evidence(group("iac_issues", "critical"), **PERFECT)

    assessment = evaluate(given, everything(), NOW, "hipaa")

    assert list(assessment.frameworks) == ["hipaa"]
    assert (assessment.summary.overall_score, assessment.summary.total_controls) == (100, 6)
    assert assessment.total_issues == 1


@pytest.mark.parametrize(
    ("plan", "enabled", "only", "message"),
    [
        ("enterprise", None, "xyz", "Unknown framework: xyz"),
        ("enterprise", ("xyz",), "xyz", "Unknown framework: xyz"),
        ("enterprise", ("soc2",), "owasp", "Framework not enabled: owasp"),
        ("team", ("hipaa",), "hipaa", "Framework not enabled: hipaa"),
        ("team", None, "", "Unknown framework: "),
    ],
)
def test_one_framework_must_exist_and_be_enabled(plan, enabled, only, message):
    with pytest.raises(DomainError) as error:
        evaluate(evidence(), everything(plan=plan, enabled=enabled), NOW, only)

    assert (error.value.message, error.value.status) == (message, 400)


def test_a_custom_framework_scores_beside_the_builtins():
    own = framework(control("secrets", "no_secrets", "ISP-1"))

    assessment = evaluate(evidence(), everything(custom=(own,)), NOW)

    entry = assessment.frameworks["own"].controls[0]
    assert assessment.frameworks["own"].score == 100
    assert (entry.id, entry.check_type, entry.pass_condition) == ("ISP-1", "secrets", "no_secrets")


def test_evidence_of_every_kind_leaves_no_control_missing():
    given = evidence(**PERFECT, reports=tuple(report(name) for name in FINDING_TYPES))

    assert evaluate(given, everything(), NOW).summary.coverage == 100


def test_the_formula_has_a_version():
    assert FORMULA_VERSION == "1"
