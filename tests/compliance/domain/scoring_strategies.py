"""Random evidence and policies for the properties of scoring."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from scans.domain.evidence import Evidence, FindingGroup, QualityGate, Report, Reviews
from scans.domain.findings import SEVERITY_ORDER
from tests.compliance.domain.scoring_builders import FINDING_TYPES, NOW, control, framework, policy

# A busy machine is slow to draw; that says nothing about the code.
few = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
many = settings(few, max_examples=200)

SEVERITIES = [str(severity) for severity in SEVERITY_ORDER]
SUBJECTS = {
    "secrets": "secrets",
    "sast_security": "security_findings",
    "sast_crypto": "crypto_findings",
    "sast_auth": "auth_findings",
    "sca_vulns": "vulnerabilities",
    "iac_issues": "misconfigurations",
    "code_quality": "quality_issues",
}
# In and outside the lists, and CWE-798 that secrets fall back to.
CWES = [22, 79, 89, 117, 327, 390, 611, 798, 1104, 9999]

ages = st.integers(-86_400, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
expiries = st.none() | ages.map(lambda age: NOW - age)
finding_types = st.sampled_from(FINDING_TYPES)
cwe_lists = st.lists(st.sampled_from(CWES), unique=True, max_size=3).map(sorted).map(tuple)
groups = st.builds(
    FindingGroup,
    st.sampled_from([*FINDING_TYPES, "licence"]),
    st.sampled_from(SEVERITIES),
    cwe_lists,
    st.integers(1, 12),
    st.integers(0, 2),
)
reports = st.builds(
    Report,
    tool=st.sampled_from(["gitleaks", "semgrep", "trivy"]),
    scan_id=st.just(1),
    reported_at=st.just(NOW),
    is_complete=st.booleans(),
    check_types=st.lists(finding_types, unique=True).map(tuple),
    open_check_types=st.lists(finding_types, unique=True, max_size=1).map(tuple),
    expires_at=expiries,
)
evidences = st.builds(
    Evidence,
    scanned_at=st.just(NOW),
    last_success_at=st.none() | ages.map(lambda age: NOW - age),
    reports=st.lists(reports, max_size=3).map(tuple),
    findings=st.lists(groups, max_size=8).map(tuple),
    quality_gate=st.none()
    | st.builds(
        QualityGate,
        result=st.sampled_from(["passed", "warning", "failed"]),
        passed=st.integers(0, 9),
        evaluated=st.integers(0, 9),
        expires_at=expiries,
    ),
    reviews=st.none()
    | st.builds(Reviews, merged=st.integers(0, 9), reviewed=st.integers(0, 9), expires_at=expiries),
    lines_of_code=st.none() | st.integers(0, 50_000),
    nothing_to_check=st.lists(st.sampled_from(["sca_vulns", "iac_issues"]), unique=True).map(tuple),
)


@st.composite
def finding_conditions(draw):
    """A check type with a finding condition that fits it."""
    check_type = draw(finding_types)
    form = draw(st.sampled_from(["no_", "max_1_", "max_3_", "max_10_"]))
    severity = draw(st.sampled_from(["", "low_", "medium_", "high_", "critical_"]))
    subject = draw(st.sampled_from(["findings", SUBJECTS[check_type]]))
    return check_type, form + severity + subject


percents = st.integers(1, 100)
conditions = st.one_of(
    finding_conditions(),
    percents.map(lambda n: ("code_quality", f"min_quality_score_{n}")),
    percents.map(lambda n: ("pr_reviews", f"pr_review_coverage_{n}")),
    percents.map(lambda n: ("quality_gates", f"quality_gate_pass_rate_{n}")),
    st.just(("quality_gates", "quality_gate_passed")),
    st.integers(1, 30).map(lambda n: ("scan_recency", f"scanned_within_{n}_days")),
)


@st.composite
def policies(draw):
    """All built-ins on, a few of their controls disabled, and one custom framework."""
    controls = [
        control(check_type, condition, f"X-{number}")
        for number, (check_type, condition) in enumerate(
            draw(st.lists(conditions, min_size=1, max_size=6))
        )
    ]
    disabled = draw(st.lists(st.sampled_from(["CC6.1", "CC8.1", "CC7.1"]), unique=True))
    return policy(framework(*controls), enabled=None, disabled={"soc2": tuple(disabled)})
