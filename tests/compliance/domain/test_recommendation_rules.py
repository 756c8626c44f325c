from datetime import timedelta

import pytest

from compliance.domain.catalog import builtin_frameworks
from compliance.domain.recommendations import language_reasons, recommend
from scans.domain.evidence import QualityGate, Reviews
from scans.domain.findings import CheckType
from tests.compliance.domain.scoring_builders import LONG_AGO, NOW, evidence, group, report


def advice(framework, control_id, given):
    controls = builtin_frameworks()[framework].controls
    index = [control.id for control in controls].index(control_id)
    return tuple(recommend(controls, given, NOW)[index])


def baseline(framework, control_id):
    [control] = [c for c in builtin_frameworks()[framework].controls if c.id == control_id]
    return control.baseline, control.baseline_reason


@pytest.mark.parametrize("given", [None, evidence()], ids=["never-scanned", "clean"])
@pytest.mark.parametrize("framework", builtin_frameworks())
def test_without_signals_the_baseline_stands(framework, given):
    controls = builtin_frameworks()[framework].controls

    result = recommend(controls, given, NOW)

    assert [tuple(entry) for entry in result] == [
        (control.baseline, control.baseline_reason) for control in controls
    ]


def test_open_findings_make_a_control_required():
    given = evidence(group("sast_security", "low", 2), group("sast_security", "medium", 1))

    assert advice("soc2", "CC4.2", given) == (
        "required",
        "3 open application security finding(s) in the latest scan, worst severity medium.",
    )


def test_open_findings_replace_the_reason_of_a_required_control():
    given = evidence(group("secrets", "critical"))

    assert advice("soc2", "CC6.1", given) == (
        "required",
        "1 open secrets finding(s) in the latest scan, worst severity critical.",
    )


def test_findings_are_those_that_a_cwe_list_selects():
    given = evidence(group("sast_security", "high", cwes=(117,)))

    assert advice("owasp", "A09:2025", given)[0] == "required"
    assert advice("owasp", "A06:2025", given) == baseline("owasp", "A06:2025")


@pytest.mark.parametrize(
    "given",
    [
        evidence(group("sast_security", "info", 9)),
        evidence(group("sast_security", "high"), reports=(report(expires_at=LONG_AGO),)),
    ],
    ids=["info", "expired"],
)
def test_findings_that_do_not_count_change_nothing(given):
    assert advice("soc2", "CC4.2", given) == baseline("soc2", "CC4.2")


GATE = QualityGate(result="failed", passed=7, evaluated=10)


@pytest.mark.parametrize(
    ("framework", "control_id", "given", "reason"),
    [
        (
            "soc2",
            "CC2.1",
            evidence(last_success_at=NOW - timedelta(days=9)),
            "Last scan is 9 days old, past the 7-day limit.",
        ),
        (
            "iso27001",
            "A.8.25",
            evidence(quality_gate=GATE),
            "Latest quality gate did not pass.",
        ),
        (
            "soc2",
            "CC4.1",
            evidence(quality_gate=GATE),
            "Only 70% of recent quality gates passed.",
        ),
        (
            "iso27001",
            "A.8.4",
            evidence(reviews=Reviews(merged=10, reviewed=5)),
            "Only 50% of recent changes were reviewed.",
        ),
        (
            "soc2",
            "CC5.2",
            evidence(group("code_quality", "critical", 2)),
            "2 open code quality finding(s) in the latest scan, worst severity critical.",
        ),
    ],
)
def test_a_missed_target_makes_a_control_required(framework, control_id, given, reason):
    assert advice(framework, control_id, given) == ("required", reason)


def test_a_missed_target_keeps_the_reason_of_a_required_control():
    given = evidence(reviews=Reviews(merged=10, reviewed=5))

    assert advice("soc2", "CC8.1", given) == baseline("soc2", "CC8.1")


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        (("dockerfile",), "Dockerfile"),
        (("terraform", "cloudformation"), "CloudFormation and Terraform"),
        (("kubernetes", "other", "dockerfile"), "Dockerfile, Kubernetes and other infrastructure"),
        (("ansible",), "ansible"),
    ],
)
def test_findings_in_infrastructure_files_make_their_controls_required(kinds, named):
    given = evidence(iac_kinds=kinds, languages=("Dockerfile",))

    assert advice("soc2", "CC7.2", given) == (
        "required",
        f"The latest scan found issues in {named} files.",
    )
    assert advice("soc2", "CC4.2", given) == baseline("soc2", "CC4.2")


def test_findings_in_files_say_more_than_the_files_alone():
    given = evidence(iac_kinds=("dockerfile",), languages=("Dockerfile",))

    _, reason = advice("soc2", "CC6.8", given)

    assert reason == "The latest scan found issues in Dockerfile files."


@pytest.mark.parametrize(
    ("languages", "named"),
    [
        (("dockerfile",), "Dockerfile"),
        (("Python", "HCL"), "Terraform"),
        (("Bicep", "CloudFormation"), "Bicep and CloudFormation"),
    ],
)
def test_infrastructure_files_without_findings_lift_one_level(languages, named):
    given = evidence(languages=languages)

    reason = f"The repository contains {named} files."

    assert advice("soc2", "CC7.2", given) == ("recommended", reason)
    assert advice("soc2", "CC6.8", given) == ("required", reason)


@pytest.mark.parametrize(
    ("languages", "framework", "control_id", "expected"),
    [
        (
            ("Python",),
            "pcidss",
            "3.5.1",
            (
                "required",
                "Python code: weak hashes and random sources are common in scripts and services.",
            ),
        ),
        (
            ("java",),
            "iso27001",
            "A.8.5",
            (
                "required",
                "java code: web frameworks leave authorization to annotations "
                "that are easy to miss.",
            ),
        ),
        (
            ("Markdown", "Rust"),
            "soc2",
            "CC9.2",
            (
                "recommended",
                "Rust code: crates are the main source of risk in memory-safe code.",
            ),
        ),
        (
            ("YAML",),
            "soc2",
            "CC7.2",
            ("recommended", "YAML code: deployment files may be kept as YAML."),
        ),
    ],
)
def test_a_language_lifts_the_controls_of_its_domain_one_level(
    languages, framework, control_id, expected
):
    assert advice(framework, control_id, evidence(languages=languages)) == expected


@pytest.mark.parametrize("languages", [("Python",), ("Klingon",), ()])
def test_a_language_never_lowers_nor_touches_other_domains(languages):
    given = evidence(languages=languages)

    assert advice("pcidss", "4.2.1", given) == baseline("pcidss", "4.2.1")
    assert advice("soc2", "CC5.2", given) == baseline("soc2", "CC5.2")


def test_rules_do_not_add_up():
    given = evidence(languages=("Dockerfile", "HCL", "Bicep", "YAML"))

    assert advice("soc2", "CC7.2", given)[0] == "recommended"


def test_language_table_speaks_of_findings_in_sentences():
    table = language_reasons()

    assert {"python", "java", "c++", "visual basic .net"} <= table.keys()
    assert all(
        check_type in set(CheckType) and why.endswith(".")
        for reasons in table.values()
        for check_type, why in reasons.items()
    )


def test_no_control_gives_no_recommendation():
    assert recommend((), evidence(), NOW) == []
