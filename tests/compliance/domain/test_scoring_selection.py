import pytest

from compliance.domain.scoring import evaluate
from compliance.domain.snapshot import Selection, Selector
from tests.compliance.domain.scoring_builders import NOW, everything, evidence, group, report

# Of the 2025 lists: 22, 918 in A01; 611 in A02; 327 in A04; 79, 89 in A05; 798 in A07; 117 in A09;
# 390 in A10; 1104 in A03, which has no list; 9999 in none.


def hits(*groups, **fields):
    """The OWASP controls that look at the findings, with how many each counts."""
    assessment = evaluate(evidence(*groups, **fields), everything(), NOW, "owasp")
    controls = assessment.frameworks["owasp"].controls
    return {control.id[:3]: control.findings for control in controls if control.findings}


@pytest.mark.parametrize(
    ("check_type", "cwes", "expected"),
    [
        ("sast_security", (89,), {"A05": 1}),
        ("sast_security", (22,), {"A01": 1}),
        ("sast_auth", (22,), {"A01": 1}),
        ("sast_auth", (798,), {"A07": 1}),
        ("sast_auth", (9999,), {}),
        ("sast_auth", (), {"A01": 1}),
        ("sast_crypto", (327,), {"A04": 1}),
        ("sast_crypto", (), {"A04": 1}),
        ("sast_security", (), {"A05": 1}),
        ("sast_security", (611,), {"A02": 1}),
        ("sast_security", (117,), {"A09": 1}),
        ("code_quality", (390,), {"A10": 1}),
        ("code_quality", (), {}),
        ("code_quality", (89,), {"A05": 1}),
        ("secrets", (), {"A07": 1}),
        ("secrets", (798,), {"A07": 1}),
        ("secrets", (321,), {"A04": 1}),
        ("secrets", (9999,), {}),
        ("sast_security", (79, 89), {"A05": 1}),
        ("sast_security", (22, 89, 918), {"A01": 1, "A05": 1}),
        ("sast_security", (89, 9999), {"A05": 1}),
        ("sca_vulns", (79,), {"A03": 1}),
        ("sca_vulns", (), {"A03": 1}),
        ("iac_issues", (), {"A02": 1}),
        ("iac_issues", (611,), {"A02": 1}),
        ("iac_issues", (22,), {"A02": 1}),
        ("licence", (89,), {}),
    ],
)
def test_owasp_controls_select_by_cwe(check_type, cwes, expected):
    assert hits(group(check_type, "high", cwes=cwes)) == expected


def test_info_findings_are_never_selected():
    assert hits(group("sast_security", "info", cwes=(89,))) == {}


def test_groups_add_up():
    found = hits(
        group("sast_security", "high", 2, cwes=(89,)),
        group("code_quality", "critical", 3, cwes=(79,)),
        group("secrets", "high", 4),
    )

    assert found == {"A05": 5, "A07": 4}


def test_a_secret_reaches_both_the_secrets_and_the_authentication_control():
    assessment = evaluate(evidence(group("secrets", "critical")), everything(), NOW)

    failing = {
        f"{key}:{control.id}"
        for key, entry in assessment.frameworks.items()
        for control in entry.controls
        if control.findings
    }

    assert failing == {
        "soc2:CC6.1",
        "iso27001:A.5.17",
        "iso27001:A.8.12",
        "owasp:A07:2025",
        "pcidss:3.6.1",
        "pcidss:8.6.2",
        "hipaa:164.312(d)",
        "nist_csf:PR.AA-01",
    }


def test_evidence_of_a_cwe_control_goes_by_its_own_check_type():
    # The secrets scanner found the password, but nobody looked for weak authentication.
    given = {"reports": (report("secrets"),)}
    assessment = evaluate(evidence(group("secrets", "low"), **given), everything(), NOW, "owasp")

    authentication = assessment.frameworks["owasp"].controls[6]

    assert (authentication.id, authentication.evidence) == ("A07:2025", "missing")
    assert authentication.credit == 0


@pytest.mark.parametrize("check_type", ["sca_vulns", "iac_issues"])
def test_dependencies_and_infrastructure_are_taken_whatever_their_cwe(check_type):
    other = Selector("secrets", frozenset({79}))
    selection = Selection([other, Selector(check_type, frozenset({89}))])

    assert [set(selection.of(check_type, cwes)) for cwes in ((), (79,), (79, 89))] == [{1}] * 3
