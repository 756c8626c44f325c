import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestax.common.errors import DomainError
from compliance.domain.conditions import (
    FindingLimit,
    GatePassed,
    GatePassRate,
    QualityScore,
    ReviewCoverage,
    ScanAge,
    canonical_condition,
    default_condition,
    parse_condition,
)
from scans.domain.findings import CheckType

TYPES = [member.value for member in CheckType]

VALID = [
    ("secrets", "no_secrets", FindingLimit("no_secrets", "low", 0)),
    ("secrets", "no_critical_secrets", FindingLimit("no_critical_secrets", "critical", 0)),
    ("secrets", "no_high_findings", FindingLimit("no_high_findings", "high", 0)),
    ("sast_security", "max_1_findings", FindingLimit("max_1_findings", "low", 1)),
    ("sca_vulns", "max_9999_medium_vulnerabilities", ("medium", 9999)),
    ("scan_recency", "scanned_within_1_days", ScanAge("scanned_within_1_days", 1)),
    ("scan_recency", "scanned_within_365_days", ScanAge("scanned_within_365_days", 365)),
    ("code_quality", "min_quality_score_100", QualityScore("min_quality_score_100", 100)),
    ("code_quality", "no_low_quality_issues", FindingLimit("no_low_quality_issues", "low", 0)),
    ("pr_reviews", "pr_review_coverage_1", ReviewCoverage("pr_review_coverage_1", 1)),
    ("quality_gates", "quality_gate_pass_rate_80", GatePassRate("quality_gate_pass_rate_80", 80)),
    ("quality_gates", "quality_gate_passed", GatePassed("quality_gate_passed")),
]

INVALID = [
    ("secrets", ""),
    ("secrets", "no_"),
    ("secrets", "no_secret"),
    ("secrets", "No_secrets"),
    ("secrets", "no_secrets\n"),
    ("secrets", " no_secrets"),
    ("secrets", "no_info_secrets"),
    ("secrets", "no_high_high_secrets"),
    ("secrets", "no_vulnerabilities"),
    ("secrets", "max_secrets"),
    ("secrets", "max_0_secrets"),
    ("secrets", "max_01_secrets"),
    ("secrets", "max_10000_secrets"),
    ("secrets", "max_-1_secrets"),
    ("secrets", "max_\uff11_secrets"),  # a full-width digit
    ("secrets", "scanned_within_7_days"),
    ("scan_recency", "scanned_within_0_days"),
    ("scan_recency", "scanned_within_07_days"),
    ("scan_recency", "scanned_within_366_days"),
    ("scan_recency", "scanned_within_7"),
    ("scan_recency", "7_days"),
    ("scan_recency", "scanned_within__days"),
    ("scan_recency", "scanned_within_\u0667_days"),  # an Arabic digit
    ("code_quality", "min_quality_score_0"),
    ("code_quality", "min_quality_score_101"),
    ("pr_reviews", "pr_review_coverage_90%"),
    ("pr_reviews", "no_findings"),
    ("quality_gates", "quality_gate_pass_rate_"),
    ("quality_gates", "quality_gate_failed"),
    ("code_quality", "quality_gate_passed"),
    ("secrets", "no_" + "secrets" * 100_000),
    ("secrets", None),
    ("secrets", 7),
    ("secrets", ["no_secrets"]),
    ("secrets", {"no_secrets": 1}),
]


@pytest.mark.parametrize(("check_type", "text", "expected"), VALID, ids=[row[1] for row in VALID])
def test_valid_condition_is_read(check_type, text, expected):
    condition = parse_condition(text, check_type)

    fields = (condition.threshold, condition.allowed) if isinstance(expected, tuple) else condition
    assert fields == expected
    assert condition.text == text


@pytest.mark.parametrize(
    ("check_type", "text"), INVALID, ids=[repr(text)[:40] for _, text in INVALID]
)
def test_anything_else_is_refused_with_what_is_valid(check_type, text):
    with pytest.raises(DomainError) as error:
        parse_condition(text, check_type)

    assert error.value.status == 400
    assert error.value.field == "pass_condition"
    assert check_type in error.value.message
    assert "valid are " in error.value.message
    assert len(error.value.message) < 500
    assert error.value.message.isprintable()


@pytest.mark.parametrize(
    ("check_type", "text", "canonical"),
    [
        ("sca_vulns", "no_high_vulns", "no_high_vulnerabilities"),
        ("sca_vulns", "max_3_sca_vulns", "max_3_vulnerabilities"),
        ("iac_issues", "no_iac_issues", "no_misconfigurations"),
        ("sast_security", "no_low_sast_security", "no_low_security_findings"),
        ("sast_auth", "no_sast_auth", "no_auth_findings"),
        ("sast_crypto", "no_critical_sast_crypto", "no_critical_crypto_findings"),
        ("code_quality", "max_9_medium_code_quality", "max_9_medium_quality_issues"),
        ("secrets", "no_critical_secrets", "no_critical_secrets"),
    ],
)
def test_aliases_are_stored_in_the_canonical_form(check_type, text, canonical):
    assert canonical_condition(text, check_type) == canonical


def test_an_alias_of_another_check_type_is_refused():
    with pytest.raises(DomainError):
        canonical_condition("no_vulns", "secrets")


@pytest.mark.parametrize("check_type", TYPES)
def test_default_is_valid_and_canonical(check_type):
    default = default_condition(check_type)

    assert canonical_condition(default, check_type) == default


@pytest.mark.parametrize("check_type", ["Secrets", "", "licence", None, 3, ["secrets"], "\ud800"])
def test_unknown_check_type_is_refused_with_all_ten(check_type):
    with pytest.raises(DomainError) as error:
        parse_condition("no_secrets", check_type)

    assert error.value.field == "check_type"
    assert all(name in error.value.message for name in TYPES)


def test_a_check_type_may_be_given_as_member_of_the_vocabulary():
    assert default_condition(CheckType.SECRETS) == "no_high_secrets"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(text=JSON_VALUES, check_type=JSON_VALUES | st.sampled_from(TYPES))
def test_hostile_input_only_ever_raises_a_domain_error(text, check_type):
    with pytest.raises(DomainError):
        parse_condition(text, check_type)
