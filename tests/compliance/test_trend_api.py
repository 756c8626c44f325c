from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.domain.catalog import CATALOG_VERSION
from compliance.domain.scoring import FORMULA_VERSION
from tests.compliance.builders import (
    NOW,
    enable,
    save_framework,
    scan,
    scans_of_each_day,
    secrets,
    sent_control,
)

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def trend(viewer, repository):
    """The answer for the repository, with a query."""

    def read(**query):
        return viewer.get(f"/api/compliance/trend/{repository.pk}", query)

    return read


def test_the_answer_has_the_documented_fields(trend, repository):
    row = scan(repository, commit="9fceb02")

    answer = trend(framework="soc2", days="90").json()

    (point,) = answer.pop("points")
    assert answer == {
        "repo_id": repository.pk,
        "repo_name": "checkout-service",
        "framework": "soc2",
        "days": 90,
        "formula_version": FORMULA_VERSION,
        "catalog_version": CATALOG_VERSION,
    }
    assert (point["scan_id"], point["scanned_at"], point["commit"]) == (
        row.pk,
        "2026-04-26T12:00:00Z",
        "9fceb02",
    )
    assert set(point) == {
        "scan_id",
        "scanned_at",
        "commit",
        "score",
        "pass",
        "partial",
        "fail",
        "total",
    }
    assert point["total"] == 15


def test_without_a_framework_the_points_are_overall_scores(trend, repository, viewer):
    scan(repository, secrets())

    answer = trend().json()

    score = viewer.get(f"/api/compliance/score/{repository.pk}").json()["executive_summary"]
    (point,) = answer["points"]
    assert (answer["framework"], answer["days"]) == (None, 90)
    assert (point["score"], point["total"]) == (score["overall_score"], score["total_controls"])


def test_points_come_oldest_first(trend, repository):
    rows = scans_of_each_day(repository, 3)

    assert [point["scan_id"] for point in trend().json()["points"]] == [row.pk for row in rows]


def test_a_scan_without_a_commit_has_none(trend, repository):
    scan(repository)

    assert trend().json()["points"][0]["commit"] is None


def test_each_point_is_as_of_its_own_scan(trend, repository, organization):
    save_framework(
        organization,
        "own",
        sent_control("A", check_type="scan_recency", pass_condition="scanned_within_7_days"),
    )
    enable(organization, ["own"])
    scan(repository, at=NOW - timedelta(days=60))
    scan(repository, at=NOW, previous_success_at=NOW - timedelta(days=60))

    assert [point["score"] for point in trend().json()["points"]] == [100, 0]


def test_the_points_are_under_todays_selection(trend, repository, admin):
    scan(repository, secrets())
    before = trend(framework="soc2").json()["points"][0]

    admin.put("/api/compliance/frameworks/soc2/controls", {"disabled": ["CC6.1"]})

    after = trend(framework="soc2").json()["points"][0]
    assert (before["total"], after["total"]) == (15, 14)


def test_the_window_bounds_the_points(trend, repository):
    scans_of_each_day(repository, 10)

    assert len(trend(days="3").json()["points"]) == 4  # with the one of exactly three days ago
    assert len(trend(days="730").json()["points"]) == 10


def test_only_completed_scans_of_the_branch_are_points(trend, repository):
    scan(repository, status="failed")
    scan(repository, branch="feature/x")

    assert trend().json()["points"] == []
    assert len(trend(branch="feature/x").json()["points"]) == 1


@pytest.mark.parametrize("days", ["1", "730", "090"])
def test_days_are_1_to_730(trend, days):
    assert trend(days=days).json()["days"] == int(days)


@pytest.mark.parametrize(
    "days",
    ["0", "731", "-1", "+1", "", "x", "1e2", "1.5", "1_0", " 5", "\u0663", "99999999999", "9" * 99],
)
def test_s35_other_days_are_refused(trend, days):
    answer = trend(days=days)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("days: ")


@pytest.mark.parametrize("framework", ["xyz", "hipaa", "pcidss"])
@pytest.mark.parametrize("scans", [0, 1])
def test_a_framework_that_does_not_score_is_refused(
    trend, repository, organization, framework, scans
):
    enable(organization, ["soc2"])
    scans_of_each_day(repository, scans)

    answer = trend(framework=framework)

    assert answer.status_code == 400
    assert framework in answer.json()["detail"]


def test_where_nothing_is_enabled_the_points_are_zero(trend, repository, organization):
    enable(organization, [])
    scan(repository)

    point = trend().json()["points"][0]

    assert (point["score"], point["total"]) == (0, 0)


@pytest.mark.parametrize("size", [2, 30])
def test_any_number_of_scans_is_the_same_number_of_queries(
    pipeline, repository, django_assert_num_queries, size
):
    scans_of_each_day(repository, size)

    with django_assert_num_queries(3):  # key, scans, policy
        answer = pipeline.get(f"/api/compliance/trend/{repository.pk}")

    assert len(answer.json()["points"]) == size


@pytest.mark.parametrize("report", ["score", "trend"])
def test_no_report_reads_findings(pipeline, repository, report):
    scan(repository, secrets(100))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        pipeline.get(f"/api/compliance/{report}/{repository.pk}")

    assert not [query for query in queries if "scans_finding" in query["sql"]]
