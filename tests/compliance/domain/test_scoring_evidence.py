from datetime import timedelta

import pytest

from compliance.domain.scoring import evaluate
from tests.compliance.domain.scoring_builders import (
    LONG_AGO,
    NOW,
    assess,
    everything,
    evidence,
    group,
    report,
)

DONE = report("secrets")
FAILED = report("secrets", is_complete=False)
UNDECIDED = report("secrets", open_check_types=("secrets",))
EXPIRED = report("secrets", expires_at=NOW)
ELSEWHERE = report("sast_security")


@pytest.mark.parametrize(
    ("reports", "state", "credit"),
    [
        ([], "missing", 0),
        ([ELSEWHERE], "missing", 0),
        ([EXPIRED], "missing", 0),
        ([DONE], "assessed", 100),
        ([report("secrets", expires_at=NOW + timedelta(seconds=1))], "assessed", 100),
        ([FAILED], "incomplete", 50),
        ([UNDECIDED], "incomplete", 50),
        ([EXPIRED, FAILED], "incomplete", 50),
        ([FAILED, DONE], "assessed", 100),
        ([DONE, FAILED], "assessed", 100),
        ([DONE, UNDECIDED], "assessed", 100),
        ([report("secrets", open_check_types=("sast_auth",))], "assessed", 100),
    ],
)
def test_silence_is_a_pass_only_from_a_complete_run_that_could_see(reports, state, credit):
    result = assess("secrets", "no_secrets", evidence(reports=tuple(reports)))

    assert (result.evidence, result.credit) == (state, credit)


@pytest.mark.parametrize(("high", "credit"), [(1, 50), (2, 50), (3, 25), (4, 0)])
def test_incomplete_evidence_earns_at_most_half(high, credit):
    given = evidence(group("secrets", "high", high), reports=(FAILED,))

    result = assess("secrets", "no_secrets", given)

    assert (result.credit, result.evidence, result.findings) == (credit, "incomplete", high)


def test_incomplete_evidence_caps_a_quality_score_too():
    given = evidence(reports=(report("code_quality", is_complete=False),))

    assert assess("code_quality", "min_quality_score_70", given).credit == 50


def test_findings_without_a_scanner_of_their_kind_do_not_make_evidence():
    given = evidence(group("secrets", "low"), reports=(ELSEWHERE,))

    result = assess("secrets", "no_critical_secrets", given)
    strict = assess("secrets", "no_secrets", given)

    assert (result.status, result.credit, result.evidence) == ("fail", 0, "missing")
    assert (strict.status, strict.credit, strict.findings) == ("fail", 0, 1)


def test_findings_count_as_long_as_their_report():
    given = evidence(
        group("secrets", "critical", 3, report_index=0),
        group("secrets", "high", 1, report_index=1),
        reports=(report("secrets", expires_at=LONG_AGO), DONE),
    )

    assessment = evaluate(given, everything(), NOW)

    assert assess("secrets", "no_secrets", given).findings == 1
    assert assessment.total_issues == 1


def test_a_finding_of_an_unknown_report_counts():
    given = evidence(group("secrets", "high", report_index=7))

    assert assess("secrets", "no_secrets", given).credit == 75


def test_total_issues_are_flaws_of_low_or_worse_without_licences():
    given = evidence(
        group("secrets", "low", 2),
        group("iac_issues", "critical", 3),
        group("sast_auth", "info", 50),
        group("licence", "high", 70),
    )

    assert evaluate(given, everything(), NOW).total_issues == 5


DECLARED = {"reports": (ELSEWHERE,), "nothing_to_check": ("iac_issues", "sca_vulns", "secrets")}


@pytest.mark.parametrize(
    ("check_type", "condition"),
    [("iac_issues", "no_misconfigurations"), ("sca_vulns", "no_vulnerabilities")],
)
def test_nothing_to_check_is_a_pass_where_it_can_be_declared(check_type, condition):
    result = assess(check_type, condition, evidence(**DECLARED))

    assert (result.status, result.evidence) == ("pass", "assessed")
    assert result.reason == "Nothing to check in this repository."


def test_nothing_to_check_cannot_be_declared_for_code():
    result = assess("secrets", "no_secrets", evidence(**DECLARED))

    assert (result.credit, result.evidence) == (0, "missing")


def test_a_report_is_believed_before_a_declaration():
    given = evidence(**{**DECLARED, "reports": (report("iac_issues", is_complete=False),)})

    result = assess("iac_issues", "no_misconfigurations", given)

    assert (result.credit, result.evidence) == (50, "incomplete")


def test_a_finding_is_believed_before_a_declaration():
    given = evidence(group("iac_issues", "low"), **DECLARED)

    result = assess("iac_issues", "no_high_misconfigurations", given)

    assert (result.credit, result.evidence) == (0, "missing")


def test_a_control_with_a_cwe_list_is_declared_away_only_without_findings():
    misconfiguration = group("sast_security", "high", cwes=(611,))
    clean, flawed = (
        evaluate(evidence(*groups, **DECLARED), everything(), NOW, "owasp")
        for groups in ((), (misconfiguration,))
    )

    assert clean.frameworks["owasp"].controls[1].reason == "Nothing to check in this repository."
    assert flawed.frameworks["owasp"].controls[1].credit == 75
    assert flawed.frameworks["owasp"].controls[1].reason.startswith("1 open infrastructure")


def test_a_branch_never_scanned_has_only_missing_evidence():
    assessment = evaluate(None, everything(), NOW)

    controls = [c for entry in assessment.frameworks.values() for c in entry.controls]

    assert {(c.status, c.credit, c.evidence) for c in controls} == {("fail", 0, "missing")}
    assert len(controls) == 76
    assert assessment.total_issues == 0


def test_coverage_is_the_share_of_assessed_controls_rounded_down():
    given = evidence(
        reports=(report("secrets", "sca_vulns"), report("iac_issues", is_complete=False))
    )

    soc2 = evaluate(given, everything(), NOW, "soc2")

    # CC2.1, CC3.2, CC6.1, CC7.1, CC9.2 of 15
    assert soc2.frameworks["soc2"].coverage == 33
    assert soc2.summary.coverage == 33
