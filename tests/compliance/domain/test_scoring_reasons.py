from datetime import timedelta

import pytest

from compliance.domain.reasons import readable_age
from compliance.domain.scoring import evaluate
from scans.domain.evidence import QualityGate, Reviews
from tests.compliance.domain.scoring_builders import (
    FINDING_TYPES,
    NOW,
    assess,
    everything,
    evidence,
    group,
    report,
)

UNFINISHED = {"reports": (report("secrets", is_complete=False, tool="gitleaks"),)}
UNDECIDED = {"reports": (report("secrets", open_check_types=("secrets",), tool="gitleaks"),)}


@pytest.mark.parametrize(
    ("condition", "severity", "count", "fields", "reason"),
    [
        ("no_secrets", "info", 1, {}, "No open secrets finding at or above low."),
        ("no_high_secrets", "medium", 9, {}, "No open secrets finding at or above high."),
        (
            "no_secrets",
            "high",
            3,
            {},
            "3 open secrets finding(s) at or above low (worst: high); credit 25 of 100.",
        ),
        (
            "no_medium_secrets",
            "critical",
            1,
            {},
            "1 open secrets finding(s) at or above medium (worst: critical).",
        ),
        (
            "max_10_medium_secrets",
            "medium",
            10,
            {},
            "10 open secrets finding(s) at or above medium (worst: medium), "
            "within the limit of 10.",
        ),
        (
            "max_2_low_secrets",
            "low",
            2,
            UNFINISHED,
            "2 open secrets finding(s) at or above low (worst: low), within the limit of 2. "
            "The last run of gitleaks did not finish; the result counts at most half.",
        ),
        (
            "no_secrets",
            "info",
            1,
            UNFINISHED,
            "No open secrets finding at or above low. "
            "The last run of gitleaks did not finish; the result counts at most half.",
        ),
        (
            "no_secrets",
            "high",
            1,
            UNFINISHED,
            "1 open secrets finding(s) at or above low (worst: high); credit 50 of 100. "
            "The last run of gitleaks did not finish; the result counts at most half.",
        ),
        (
            "no_secrets",
            "critical",
            1,
            UNDECIDED,
            "1 open secrets finding(s) at or above low (worst: critical). "
            "The last run of gitleaks left results undecided; the result counts at most half.",
        ),
        (
            "no_secrets",
            "info",
            1,
            {"reports": ()},
            "No scan result covers this check; run a secrets scan.",
        ),
        (
            "no_secrets",
            "low",
            2,
            {"reports": ()},
            "2 open secrets finding(s) at or above low (worst: low). "
            "No scan result covers this check; run a secrets scan.",
        ),
    ],
)
def test_finding_controls_say_what_is_open(condition, severity, count, fields, reason):
    given = evidence(group("secrets", severity, count), **fields)

    assert assess("secrets", condition, given).reason == reason


def test_the_tools_that_did_not_finish_are_named_once_in_order():
    tools = [report("secrets", is_complete=False, tool=tool) for tool in ("trufflehog", "gitleaks")]
    given = evidence(reports=(*tools, tools[0], report("sast_auth", tool="bandit")))

    reason = assess("secrets", "no_secrets", given).reason

    assert "The last run of gitleaks, trufflehog did not finish;" in reason


@pytest.mark.parametrize(
    ("age", "days", "reason"),
    [
        (timedelta(hours=3), 7, "Last scan 3 hours ago, limit 7 days."),
        (timedelta(seconds=5), 1, "Last scan less than a minute ago, limit 1 day."),
        (timedelta(days=9), 7, "Last scan 9 days ago, limit 7 days exceeded."),
        (timedelta(days=7, hours=2), 7, "Last scan 7 days 2 hours ago, limit 7 days exceeded."),
        (timedelta(days=14), 7, "No scan within 14 days."),
    ],
)
def test_recency_says_the_age_and_the_limit(age, days, reason):
    given = evidence(last_success_at=NOW - age)

    assert assess("scan_recency", f"scanned_within_{days}_days", given).reason == reason


@pytest.mark.parametrize(
    ("check_type", "condition", "reason"),
    [
        ("pr_reviews", "pr_review_coverage_90", "Review coverage is 80%, target 90%."),
        ("quality_gates", "quality_gate_passed", "Latest quality gate is warning, target passed."),
        (
            "quality_gates",
            "quality_gate_pass_rate_80",
            "Quality gate pass rate is 75%, target 80%.",
        ),
        ("code_quality", "min_quality_score_70", "Quality score is 90, target 70."),
    ],
)
def test_levels_say_the_value_and_the_target(check_type, condition, reason):
    given = evidence(
        group("code_quality", "high"),
        quality_gate=QualityGate(result="warning", passed=3, evaluated=4),
        reviews=Reviews(merged=10, reviewed=8),
    )

    assert assess(check_type, condition, given).reason == reason


@pytest.mark.parametrize(
    ("check_type", "remedy"),
    [
        ("secrets", "run a secrets scan"),
        ("sast_security", "run a static analysis (SAST) scan"),
        ("sast_crypto", "run a static analysis (SAST) scan"),
        ("sast_auth", "run a static analysis (SAST) scan"),
        ("sca_vulns", "run a dependency (SCA) scan"),
        ("iac_issues", "run a configuration (IaC) scan"),
        ("code_quality", "run a code quality scan"),
        ("scan_recency", "upload a report of a run that succeeded"),
        ("quality_gates", "send quality_gate with an upload"),
        (
            "pr_reviews",
            "send pull_requests_merged and pull_requests_reviewed with an upload",
        ),
    ],
)
def test_missing_evidence_says_what_would_bring_it(check_type, remedy):
    controls = [
        control
        for entry in evaluate(None, everything(), NOW).frameworks.values()
        for control in entry.controls
        if control.check_type == check_type
    ]

    assert {control.reason for control in controls} == {
        f"No scan result covers this check; {remedy}."
    }


@pytest.mark.parametrize("severity", ["low", "critical"])
@pytest.mark.parametrize("complete", [True, False])
def test_every_reason_is_one_or_two_sentences(severity, complete):
    given = evidence(
        *(group(check_type, severity, 1) for check_type in FINDING_TYPES),
        reports=(report(is_complete=complete),),
        quality_gate=QualityGate(result="passed", passed=1, evaluated=1),
    )

    reasons = [
        control.reason
        for entry in evaluate(given, everything(), NOW).frameworks.values()
        for control in entry.controls
    ]

    assert all(text.endswith(".") and "None" not in text for text in reasons)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (3_599, "59 minutes"),
        (3_600, "1 hour"),
        (86_399, "23 hours"),
        (86_400, "1 day"),
        (89_999, "1 day"),
        (90_000, "1 day 1 hour"),
        (400 * 86_400, "400 days"),
    ],
)
def test_ages_are_readable(seconds, text):
    assert readable_age(seconds) == text
