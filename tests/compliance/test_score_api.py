from datetime import timedelta

import pytest

from compliance.domain.catalog import CATALOG_VERSION, builtin_frameworks
from compliance.domain.scoring import FORMULA_VERSION
from orgs.domain.plans import Plan
from orgs.services.organizations import change_plan
from scans.domain.evidence import FindingGroup
from tests.compliance.builders import (
    NOW,
    enable,
    save_framework,
    scan,
    scans_of_each_day,
    secrets,
    sent_control,
)
from tests.factories import RepositoryFactory

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def score(viewer, repository):
    """The answer for the repository, with a query."""

    def read(**query):
        return viewer.get(f"/api/compliance/score/{repository.pk}", query)

    return read


def test_the_answer_has_the_documented_fields(score, repository):
    scan(repository, secrets(2))

    answer = score().json()

    summary, frameworks = answer.pop("executive_summary"), answer.pop("frameworks")
    assert answer == {
        "repo_id": repository.pk,
        "repo_name": "checkout-service",
        "evaluated_at": "2026-04-26T12:00:00Z",
        "last_scan": "2026-04-26 12:00:00+00:00",
        "total_issues": 2,
        "formula_version": FORMULA_VERSION,
        "catalog_version": CATALOG_VERSION,
    }
    assert set(summary) == {
        "overall_score",
        "total_controls",
        "passing",
        "partial",
        "failing",
        "posture",
        "risk_areas",
        "recommendation",
        "coverage",
    }
    assert list(frameworks) == ["soc2", "iso27001", "owasp", "pcidss", "nist_csf"]


def test_a_framework_has_the_documented_fields(score, repository):
    scan(repository)

    soc2 = score().json()["frameworks"]["soc2"]

    assert set(soc2) == {
        "name",
        "score",
        "pass",
        "partial",
        "fail",
        "total",
        "coverage",
        "controls",
    }
    assert (soc2["name"], soc2["total"]) == ("SOC 2 Type II", 15)
    assert soc2["pass"] + soc2["partial"] + soc2["fail"] == 15


def test_a_control_has_the_documented_fields(score, repository):
    scan(repository, secrets(2))

    controls = score(framework="soc2").json()["frameworks"]["soc2"]["controls"]

    control = next(one for one in controls if one["id"] == "CC6.1")
    assert control.pop("reason")
    assert control.pop("pass_condition")
    assert control == {
        "id": "CC6.1",
        "name": "Logical & Physical Access Controls",
        "category": "Access",
        "check_type": "secrets",
        "status": "fail",
        "credit": 0,
        "evidence": "assessed",
        "findings": 2,
    }


def test_a_risk_area_has_the_documented_fields(score, repository, organization):
    save_framework(organization, "own", sent_control("A"))
    enable(organization, ["own"])
    scan(repository, secrets(2))

    assert score().json()["executive_summary"]["risk_areas"] == [
        {
            "area": "Secrets management",
            "check_type": "secrets",
            "failing": 1,
            "partial": 0,
            "findings": 2,
            "worst_severity": "critical",
            "controls": ["own:A"],
        }
    ]


def test_a_repository_that_was_never_scanned_is_not_assessed(score, repository):
    answer = score().json()

    summary = answer["executive_summary"]
    assert (answer["last_scan"], answer["total_issues"]) == (None, 0)
    assert (summary["overall_score"], summary["posture"]) == (0, "Not Assessed")
    assert summary["coverage"] == 0
    assert summary["recommendation"] == "Run a first scan to collect evidence"
    assert answer["frameworks"]["soc2"]["fail"] == 15


def test_without_any_framework_the_score_is_zero(score, repository, organization):
    scan(repository)
    enable(organization, [])

    answer = score().json()

    assert answer["frameworks"] == {}
    assert answer["executive_summary"]["overall_score"] == 0
    assert answer["executive_summary"]["posture"] == "Not Assessed"
    assert answer["executive_summary"]["recommendation"] == "Enable at least one framework"


def test_disabled_controls_count_nowhere(score, repository, organization, admin):
    save_framework(organization, "own", sent_control("A"), sent_control("B"))
    enable(organization, ["own"])
    scan(repository, secrets())
    admin.put("/api/compliance/frameworks/own/controls", {"disabled": ["A"]})

    own = score().json()["frameworks"]["own"]

    assert [control["id"] for control in own["controls"]] == ["B"]
    assert own["total"] == 1


def test_where_every_control_is_disabled_the_score_is_zero(score, repository, organization, admin):
    save_framework(organization, "own", sent_control("A"))
    enable(organization, ["own"])
    scan(repository)
    admin.put("/api/compliance/frameworks/own/controls", {"disabled": ["A"]})

    assert score().json()["executive_summary"]["overall_score"] == 0


def test_one_framework_can_be_asked_for(score, repository):
    scan(repository, secrets())

    answer = score(framework="owasp").json()

    assert list(answer["frameworks"]) == ["owasp"]
    owasp = answer["frameworks"]["owasp"]
    assert answer["executive_summary"]["overall_score"] == owasp["score"]
    assert answer["executive_summary"]["total_controls"] == owasp["total"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Unknown framework: xyz",
        "Unknown framework: SOC2",
        "Framework not enabled: hipaa",
        "Framework not enabled: pcidss",
    ],
)
@pytest.mark.parametrize("scans", [0, 1])
def test_a_framework_that_does_not_score_is_refused(
    score, repository, organization, sentence, scans
):
    enable(organization, ["soc2"])
    scans_of_each_day(repository, scans)

    answer = score(framework=sentence.split(": ")[1])

    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)


@pytest.mark.parametrize("name", ["framework", "branch"])
@pytest.mark.parametrize("value", ["", "\x00", "x" * 256])
def test_a_parameter_that_can_name_nothing_is_refused(score, name, value):
    answer = score(**{name: value})

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{name}: ")


def test_unknown_parameters_are_ignored(score, repository):
    assert score(org="1", ordering="org__secret", page="x").status_code == 200


def test_the_newest_completed_scan_counts(score, repository):
    scan(repository, secrets(5))
    scan(repository, secrets(3))
    scan(repository, secrets(9), status="failed")

    assert score().json()["total_issues"] == 3


def test_the_default_branch_counts_and_another_one_can_be_asked_for(score, repository):
    scan(repository, secrets(1))
    scan(repository, secrets(2), branch="feature/x")

    assert score().json()["total_issues"] == 1
    assert score(branch="feature/x").json()["total_issues"] == 2


def test_a_branch_that_was_never_scanned_is_not_assessed(score, repository):
    scan(repository)

    answer = score(branch="unknown").json()

    assert (answer["last_scan"], answer["executive_summary"]["overall_score"]) == (None, 0)


def test_a_changed_default_branch_counts_at_once(score, repository):
    scan(repository, secrets(1))
    scan(repository, secrets(2), branch="develop")
    repository.default_branch = "develop"
    repository.save()

    assert score().json()["total_issues"] == 2


def test_another_repositorys_scan_does_not_count(score, organization):
    scan(RepositoryFactory(org=organization), secrets())

    assert score().json()["last_scan"] is None


def test_the_score_is_as_of_now(score, repository, organization):
    save_framework(
        organization,
        "own",
        sent_control("A", check_type="scan_recency", pass_condition="scanned_within_7_days"),
    )
    enable(organization, ["own"])
    scan(repository, at=NOW - timedelta(days=20))

    assert score().json()["executive_summary"]["overall_score"] == 0


def test_a_high_finding_costs_part_of_the_credit(score, repository, organization):
    save_framework(organization, "own", sent_control("A", pass_condition="no_high_secrets"))
    enable(organization, ["own"])
    scan(repository, FindingGroup("secrets", "high", (), 1))

    own = score().json()["frameworks"]["own"]

    assert (own["pass"], own["partial"], own["fail"]) == (0, 1, 0)
    assert 0 < own["score"] < 100


def test_s18_after_a_downgrade_a_locked_framework_does_not_score(score, repository, organization):
    change_plan(organization=organization, plan=Plan.ENTERPRISE)
    enable(organization, ["soc2", "hipaa"])
    scan(repository)
    before = list(score().json()["frameworks"])

    change_plan(organization=organization, plan=Plan.TEAM)

    assert (before, list(score().json()["frameworks"])) == (["soc2", "hipaa"], ["soc2"])


def test_an_enterprise_scores_every_framework(score, repository, organization):
    change_plan(organization=organization, plan=Plan.ENTERPRISE)

    assert list(score().json()["frameworks"]) == list(builtin_frameworks())


@pytest.mark.parametrize(
    "repo_id",
    ["0", "999999999", "9223372036854775808", "-1", "1e3", "\u0663", "x", "1.0", "9" * 5000],
)
@pytest.mark.parametrize("report", ["score", "trend"])
def test_an_unknown_repository_is_not_found(viewer, report, repo_id):
    answer = viewer.get(f"/api/compliance/{report}/{repo_id}")

    assert answer.status_code == 404


@pytest.mark.parametrize("report", ["score", "trend"])
def test_another_organizations_repository_is_not_found(viewer, report):
    theirs = RepositoryFactory()
    scan(theirs)

    answer = viewer.get(f"/api/compliance/{report}/{theirs.pk}")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("report", ["score?branch=", "score?framework=xyz", "trend?days=0"])
def test_an_unknown_repository_comes_before_a_bad_parameter(viewer, report):
    path, query = report.split("?")

    answer = viewer.get(f"/api/compliance/{path}/999999999?{query}")

    assert answer.status_code == 404
