from datetime import timedelta

import pytest

from scans.domain.evidence import QualityGate, Reviews
from tests.compliance.domain.scoring_builders import LONG_AGO, NOW, assess, evidence, group

STATUS = {0: "fail", 100: "pass"}


def flaws(check_type, **counts):
    return [group(check_type, severity, count) for severity, count in counts.items()]


@pytest.mark.parametrize(
    ("condition", "counts", "credit"),
    [
        ("no_secrets", {}, 100),
        ("no_secrets", {"info": 50}, 100),
        ("no_secrets", {"low": 1}, 97),
        ("no_secrets", {"low": 33}, 1),
        ("no_secrets", {"low": 34}, 0),
        ("no_secrets", {"medium": 9}, 10),
        ("no_secrets", {"medium": 10}, 0),
        ("no_secrets", {"high": 1}, 75),
        ("no_secrets", {"high": 3}, 25),
        ("no_secrets", {"high": 4}, 0),
        ("no_secrets", {"critical": 1}, 0),
        ("no_secrets", {"high": 1, "medium": 1}, 65),
        ("no_secrets", {"high": 2, "medium": 3}, 20),
        ("no_secrets", {"medium": 4}, 60),
        ("no_secrets", {"critical": 10**9}, 0),
        ("no_high_secrets", {"medium": 1_000, "low": 1_000}, 100),
        ("no_high_secrets", {"medium": 1_000, "high": 1}, 75),
        ("no_critical_secrets", {"high": 1_000}, 100),
        ("no_critical_secrets", {"critical": 1}, 0),
        ("max_10_medium_secrets", {"medium": 10, "low": 500}, 100),
        ("max_10_medium_secrets", {"medium": 11}, 90),
        ("max_10_medium_secrets", {"medium": 19}, 10),
        ("max_10_medium_secrets", {"medium": 20}, 0),
        ("max_10_medium_secrets", {"high": 1}, 75),
        ("max_10_medium_secrets", {"medium": 12, "high": 2}, 30),
        ("max_10_medium_secrets", {"critical": 1}, 0),
        ("max_2_critical_secrets", {"critical": 2, "high": 9}, 100),
        ("max_2_critical_secrets", {"critical": 3}, 0),
        ("max_1_secrets", {"low": 2}, 97),
        ("max_9999_low_secrets", {"low": 9_999}, 100),
    ],
)
def test_findings_cost_points_by_severity(condition, counts, credit):
    result = assess("secrets", condition, evidence(*flaws("secrets", **counts)))

    assert (result.credit, result.status) == (credit, STATUS.get(credit, "partial"))


@pytest.mark.parametrize(
    ("check_type", "condition"),
    [
        ("secrets", "no_findings"),
        ("sast_security", "no_security_findings"),
        ("sast_crypto", "no_crypto_findings"),
        ("sast_auth", "no_auth_findings"),
        ("sca_vulns", "no_vulnerabilities"),
        ("iac_issues", "no_misconfigurations"),
        ("code_quality", "no_quality_issues"),
    ],
)
def test_only_findings_of_the_own_check_type_count(check_type, condition):
    others = {"secrets", "sast_security", "sca_vulns", "iac_issues", "licence"} - {check_type}
    given = evidence(group(check_type, "high", 2), *(group(other, "critical") for other in others))

    result = assess(check_type, condition, given)

    assert (result.credit, result.findings) == (50, 2)


def test_findings_of_a_control_are_those_its_condition_looks_at():
    given = evidence(*flaws("secrets", low=5, medium=4, high=2))

    result = assess("secrets", "no_medium_secrets", given)

    assert result.findings == 6


DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "credit"),
    [
        (-DAY, 100),
        (timedelta(0), 100),
        (7 * DAY, 100),
        (7 * DAY + timedelta(microseconds=999_999), 100),
        (7 * DAY + SECOND, 99),
        (timedelta(days=10, hours=12), 50),
        (timedelta(days=11, hours=18, minutes=14, seconds=24), 32),
        (14 * DAY - SECOND, 1),
        (14 * DAY, 0),
        (400 * DAY, 0),
    ],
    ids=str,
)
def test_recency_falls_to_nothing_at_twice_the_limit(age, credit):
    given = evidence(last_success_at=NOW - age)

    result = assess("scan_recency", "scanned_within_7_days", given)

    assert (result.credit, result.status) == (credit, STATUS.get(credit, "partial"))
    assert (result.evidence, result.findings) == ("assessed", 0)


@pytest.mark.parametrize(
    ("merged", "reviewed", "credit"),
    [
        (10, 9, 100),
        (1_000, 899, 97),
        (100, 46, 2),
        (1_000, 459, 0),
        (100, 45, 0),
        (10, 0, 0),
        (1, 1, 100),
        (1, 2, 100),
    ],
)
def test_review_coverage_falls_to_nothing_at_half_the_target(merged, reviewed, credit):
    given = evidence(reviews=Reviews(merged=merged, reviewed=reviewed))

    result = assess("pr_reviews", "pr_review_coverage_90", given)

    assert (result.credit, result.evidence) == (credit, "assessed")


def test_more_reviews_than_changes_are_full_coverage():
    given = evidence(reviews=Reviews(merged=1, reviewed=2))

    result = assess("pr_reviews", "pr_review_coverage_90", given)

    assert result.reason == "Review coverage is 100%, target 90%."


@pytest.mark.parametrize(
    ("target", "percent", "credit"), [(1, 0, 0), (1, 1, 100), (2, 1, 0), (3, 2, 33), (100, 51, 2)]
)
def test_levels_hold_at_the_edges_of_their_range(target, percent, credit):
    given = evidence(reviews=Reviews(merged=100, reviewed=percent))

    assert assess("pr_reviews", f"pr_review_coverage_{target}", given).credit == credit


@pytest.mark.parametrize(
    ("passed", "evaluated", "credit"), [(4, 5, 100), (3, 5, 50), (2, 5, 0), (79, 100, 97)]
)
def test_gate_pass_rate_is_measured_on_all_gates_of_the_window(passed, evaluated, credit):
    gate = QualityGate(result="failed", passed=passed, evaluated=evaluated)

    result = assess("quality_gates", "quality_gate_pass_rate_80", evidence(quality_gate=gate))

    assert (result.credit, result.evidence) == (credit, "assessed")


@pytest.mark.parametrize(
    ("latest", "credit"), [("passed", 100), ("warning", 50), ("failed", 0), ("error", 0)]
)
def test_the_latest_gate_decides(latest, credit):
    gate = QualityGate(result=latest, passed=9, evaluated=10)

    result = assess("quality_gates", "quality_gate_passed", evidence(quality_gate=gate))

    assert (result.credit, result.evidence) == (credit, "assessed")


@pytest.mark.parametrize(
    ("lines", "counts", "score"),
    [
        (None, {}, 100),
        (None, {"low": 1}, 99),
        (None, {"medium": 1}, 97),
        (None, {"high": 1}, 90),
        (None, {"critical": 1}, 80),
        (None, {"critical": 5}, 0),
        (None, {"critical": 500}, 0),
        (10, {"low": 1}, 99),
        (1_000, {"low": 30}, 70),
        (1_001, {"low": 30}, 70),
        (30_000, {"low": 30}, 99),
        (1_000_000, {"low": 1}, 99),
        (2_000, {"low": 61}, 69),
    ],
)
def test_quality_is_points_per_thousand_lines_rounded_up(lines, counts, score):
    given = evidence(*flaws("code_quality", **counts), lines_of_code=lines)

    result = assess("code_quality", "min_quality_score_100", given)

    assert result.credit == max(0, 2 * score - 100)
    assert f"Quality score is {score}, target 100." == result.reason


@pytest.mark.parametrize(
    ("reviews", "gate"),
    [
        (None, None),
        (Reviews(merged=0, reviewed=0), QualityGate(result="failed", passed=0, evaluated=0)),
        (
            Reviews(merged=5, reviewed=5, expires_at=NOW),
            QualityGate(result="passed", passed=5, evaluated=5, expires_at=LONG_AGO),
        ),
    ],
    ids=["absent", "empty", "expired"],
)
def test_levels_without_evidence_are_missing(reviews, gate):
    given = evidence(reviews=reviews, quality_gate=gate)

    coverage = assess("pr_reviews", "pr_review_coverage_80", given)
    rate = assess("quality_gates", "quality_gate_pass_rate_80", given)

    assert (coverage.credit, coverage.status, coverage.evidence) == (0, "fail", "missing")
    assert (rate.credit, rate.status, rate.evidence) == (0, "fail", "missing")


def test_levels_count_until_the_moment_they_expire():
    later = NOW + SECOND
    gate = QualityGate(result="passed", passed=5, evaluated=5, expires_at=later)
    given = evidence(quality_gate=gate)

    before = assess("quality_gates", "quality_gate_passed", given, NOW)
    after = assess("quality_gates", "quality_gate_passed", given, later)

    assert (before.evidence, before.credit) == ("assessed", 100)
    assert (after.evidence, after.credit) == ("missing", 0)


def test_recency_without_a_successful_scan_is_missing():
    result = assess("scan_recency", "scanned_within_365_days", evidence(last_success_at=None))

    assert (result.credit, result.status, result.evidence) == (0, "fail", "missing")
