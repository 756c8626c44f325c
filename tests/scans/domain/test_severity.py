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


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("blocker", "critical"),
        ("critical", "critical"),
        ("very-high", "critical"),
        ("high", "high"),
        ("important", "high"),
        ("severe", "high"),
        ("error", "high"),
        ("major", "medium"),
        ("moderate", "medium"),
        ("medium", "medium"),
        ("warning", "medium"),
        ("minor", "low"),
        ("low", "low"),
        ("style", "low"),
        ("note", "low"),
        ("recommendation", "low"),
        ("negligible", "info"),
        ("info", "info"),
        ("informational", "info"),
        ("none", "info"),
    ],
)
def test_severities_in_words(word, expected):
    assert graded(words=(word,)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("blocker", "critical"),
        ("critical", "high"),
        ("major", "medium"),
        ("minor", "low"),
        ("high", "high"),
        ("medium", "medium"),
        ("low", "low"),
        ("info", "info"),
    ],
)
def test_severities_in_sonars_words(word, expected):
    assert graded("SonarQube", words=(word,)) == expected


def test_unknown_words_are_skipped():
    assert graded(words=("unknown", "moderate"), level="error") == "medium"


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


@pytest.mark.parametrize("tool", ["Flawfinder", "Veracode Static Analysis Pipeline Scan"])
def test_ranks_of_another_scale_say_nothing(tool):
    assert graded(tool, rank=5.0, level="error") == "high"


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
    [
        ("ESLint", "code_quality"),
        ("SomeScanner", "code_quality"),
        ("Hadolint", "iac_issues"),
        ("cfn-lint", "iac_issues"),
        ("tflint", "iac_issues"),
        ("ansible-lint", "iac_issues"),
    ],
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


@pytest.mark.parametrize("tool", ["Ruff", "golangci-lint"])
def test_security_rules_of_tools_that_write_error_for_all_are_medium(tool):
    assert graded(tool, "sast_security", level="error") == "medium"
    assert graded(tool, "code_quality", level="error") == "medium"


@pytest.mark.parametrize(
    ("tool", "more", "expected"),
    [
        ("gitleaks", {"rule_id": "aws-key"}, "critical"),
        ("gitleaks", {"rule_id": "generic-api-key"}, "high"),
        ("detect-secrets", {"rule_id": "Base64 High Entropy String"}, "high"),
        ("gitleaks", {"rule_id": "generic-api-key", "is_verified": True}, "critical"),
        ("Checkov", {"rule_id": "CKV_SECRET_2", "rule_name": "AWS Access Key"}, "critical"),
        (
            "Checkov",
            {"rule_id": "CKV_SECRET_6", "rule_name": "Base64 High Entropy String"},
            "high",
        ),
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
