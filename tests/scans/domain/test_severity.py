"""How severe a finding is."""

import pytest

from scans.domain.facts import Facts
from scans.domain.severity import severity
from scans.domain.tools import tool_named


def graded(tool="SomeScanner", check_type="sast_security", **more):
    return severity(Facts(tool=tool_named(tool), **more), check_type)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (10.0, "critical"),
        (9.0, "critical"),
        (8.9, "high"),
        (7.0, "high"),
        (6.9, "medium"),
        (4.0, "medium"),
        (3.9, "low"),
        (0.1, "low"),
        (0.0, "info"),
    ],
)
def test_the_score_comes_first(score, expected):
    assert graded(security_severity=score, words=("low",), rank=50, level="none") == expected


def test_words_come_before_rank_and_level():
    assert graded(words=("high",), rank=10.0, level="note") == "high"


def test_unknown_words_are_skipped():
    assert graded(words=("unknown", "moderate"), level="error") == "medium"


def test_sonar_has_words_of_its_own():
    assert graded("SonarQube", words=("critical",)) == "high"


def test_a_tag_in_capitals_is_a_word():
    assert graded(tags=("security", "CRITICAL"), level="note") == "critical"
    assert graded(tags=("critical",), level="note") == "low"


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        (90.0, "critical"),
        (70.0, "high"),
        (40.0, "medium"),
        (2.0, "low"),
        (1.0, "high"),
        (-1.0, "high"),
        (100.5, "high"),
        (float("inf"), "high"),
        (float("nan"), "high"),
    ],
)
def test_a_rank_within_its_range_comes_before_the_level(rank, expected):
    assert graded(rank=rank, level="error") == expected


def test_flawfinders_rank_says_nothing():
    assert graded("Flawfinder", rank=95.0, level="note") == "low"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("error", "high"), ("warning", "medium"), ("note", "low"), ("none", "info")],
)
def test_levels_of_security_findings(level, expected):
    assert graded(level=level) == expected


def test_level_none_outweighs_words():
    assert graded(level="none", words=("critical",)) == "info"


@pytest.mark.parametrize(
    ("level", "expected"), [("error", "medium"), ("warning", "low"), ("note", "info")]
)
@pytest.mark.parametrize(
    ("tool", "check_type"),
    [("ESLint", "code_quality"), ("SomeScanner", "code_quality"), ("Hadolint", "iac_issues")],
)
def test_linters_levels_count_one_step_less(tool, check_type, level, expected):
    assert graded(tool, check_type, level=level) == expected


@pytest.mark.parametrize(
    ("tool", "check_type", "expected"),
    [
        ("Grype", "sca_vulns", "medium"),
        ("KICS", "iac_issues", "medium"),
        ("Bandit", "sast_security", "medium"),
        ("ESLint", "code_quality", "low"),
        ("SomeScanner", "code_quality", "medium"),
    ],
)
def test_without_a_level_the_tools_kind_decides(tool, check_type, expected):
    assert graded(tool, check_type) == expected


@pytest.mark.parametrize(
    ("rule_id", "expected"),
    [
        ("CKV_AWS_57", "critical"),
        ("CKV_AWS_20", "high"),
        ("CKV_AWS_18", "low"),
        ("CKV_X", "medium"),
    ],
)
@pytest.mark.parametrize("level", ["error", ""])
def test_checkovs_checks_are_graded_here(rule_id, expected, level):
    assert graded("Checkov", "iac_issues", rule_id=rule_id, level=level) == expected


def test_ruffs_security_rules_are_medium():
    assert graded("Ruff", "sast_security", rule_id="S602", level="error") == "medium"


@pytest.mark.parametrize(
    ("tool", "more", "expected"),
    [
        ("gitleaks", {"rule_id": "aws-key"}, "critical"),
        ("gitleaks", {"rule_id": "generic-api-key"}, "high"),
        ("detect-secrets", {"rule_id": "Base64 High Entropy String"}, "high"),
        ("gitleaks", {"rule_id": "generic-api-key", "is_verified": True}, "critical"),
        ("Trivy", {}, "critical"),
        ("Bandit", {}, "high"),
        ("Bandit", {"level": "error"}, "high"),
        ("Bandit", {"level": "note"}, "high"),
        ("Bandit", {"words": ("low",)}, "medium"),
        ("Bandit", {"level": "none"}, "medium"),
        ("Bandit", {"words": ("critical",)}, "critical"),
        ("Bandit", {"words": ("low",), "is_verified": True}, "critical"),
        ("Trivy", {"tags": ("LOW",)}, "medium"),
        ("Trivy", {"security_severity": 2.0}, "low"),
        ("Trivy", {"security_severity": 2.0, "is_verified": True}, "low"),
    ],
)
def test_secrets_are_medium_at_least(tool, more, expected):
    assert graded(tool, "secrets", **more) == expected
