"""The dashboard's table of repositories."""

from datetime import timedelta

import pytest

from compliance.domain.scoring import evaluate
from compliance.queries import current_policy
from tests.compliance.builders import NOW, enable, evidence, save_framework, scan, secrets
from tests.factories import RepositoryFactory
from tests.pages.compliance.shown import names, scanned

pytestmark = pytest.mark.django_db


def test_a_repositorys_line_holds_what_the_api_says_of_it(organization, dashboard, api_as, owner):
    made = scanned(organization, "checkout", secrets(3))

    (line,) = dashboard().section("repositories").table()

    answer = api_as(owner).get(f"/api/compliance/score/{made.pk}").json()
    summary = answer["executive_summary"]
    assert line[1].startswith(f"{summary['overall_score']} ")
    assert line[1].endswith(f" {summary['posture']}")
    assert line[2:-2] == [str(framework["score"]) for framework in answer["frameworks"].values()]
    assert line[-2:] == ["3", "just now"]


def test_the_spark_line_tells_the_scores_of_the_last_scans(organization, dashboard):
    enable(organization, ["soc2"])
    made = scanned(organization, "checkout", secrets(), days_ago=2)
    scan(made, at=NOW - timedelta(days=1))
    before, after = (
        evaluate(evidence(*groups), current_policy(organization), NOW).summary.overall_score
        for groups in ((secrets(),), ())
    )

    chart = dashboard().section("repositories").one("svg", role="img")

    assert chart.one("title").text == "Scores of checkout"
    assert chart.one("desc").text == f"Its last 2 scans, oldest first: {before}, {after}"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["two", "Three", "one"]),
        ("score", ["two", "Three", "one"]),
        ("-score", ["one", "Three", "two"]),
        ("name", ["one", "Three", "two"]),
        ("-name", ["two", "Three", "one"]),
        ("framework.soc2", ["two", "Three", "one"]),
        ("-findings", ["Three", "two", "one"]),
        ("scanned", ["Three", "one", "two"]),
        ("nonsense", ["two", "Three", "one"]),
        ("-", ["two", "Three", "one"]),
    ],
)
def test_repositories_are_sorted_by_what_the_query_names(organization, dashboard, sort, expected):
    scanned(organization, "one", days_ago=1)
    scanned(organization, "two", secrets(2))
    scanned(organization, "Three", secrets(5, "low"), days_ago=2)

    assert names(dashboard(sort=sort)) == expected


def test_a_heading_says_how_the_table_is_sorted_and_turns_it_around(organization, dashboard):
    scanned(organization, "one")

    heading = (
        dashboard(sort="name", q="o")
        .section("repositories")
        .one("th", **{"aria-sort": "ascending"})
    )

    assert heading.text == "Repository"
    assert heading.one("a").attributes["href"] == "?q=o&sort=-name#repositories"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "SHOP"}, ["shop-api", "shop-web"]),
        ({"q": "nothing"}, []),
        ({"posture": "Not Assessed"}, ["unscanned"]),
        ({"posture": "Superb"}, ["shop-api", "shop-web", "unscanned"]),
        ({"q": "api", "posture": "Not Assessed"}, []),
    ],
    ids=str,
)
def test_repositories_are_filtered_by_name_and_posture(organization, dashboard, query, expected):
    scanned(organization, "shop-api")
    scanned(organization, "shop-web")
    RepositoryFactory(org=organization, name="unscanned")

    section = dashboard(sort="name", **query).section("repositories")

    found = [line[0] for line in section.table()] if expected else []
    assert found == expected
    assert ("No repository matches" in section.text) == (not expected)


def test_a_custom_framework_called_like_a_column_has_a_column_of_its_own(organization, dashboard):
    save_framework(organization, "score", name="Own score")
    enable(organization, ["score"])
    scanned(organization, "one")
    scanned(organization, "two", secrets())

    assert names(dashboard(sort="framework.score")) == ["two", "one"]


def test_a_hundred_repositories_stand_on_a_page(organization, dashboard):
    RepositoryFactory.create_batch(101, org=organization)
    scanned(organization, "scanned")

    first, second = dashboard(sort="name"), dashboard(sort="name", page="2")

    assert len(names(first)) == 100
    assert len(names(second)) == 2
    assert "page=2" in first.one("a", rel="next").attributes["href"]
    assert "page" not in second.one("a", rel="prev").attributes["href"]
