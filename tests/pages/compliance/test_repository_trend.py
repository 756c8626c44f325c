"""The charts of a repository's page."""

from datetime import timedelta

import pytest
import time_machine

from compliance.services import set_disabled_controls
from tests.compliance.builders import NOW, enable, scan, secrets
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def test_the_trend_has_a_chart_for_each_framework_and_the_numbers_behind(
    organization, repository, page
):
    enable(organization, ["soc2", "owasp"])
    scan(repository, secrets(), at=NOW - timedelta(days=2), commit="a" * 40)
    scan(repository, at=NOW)

    section = page().section("trend")

    titles = [next(svg.all("title")).text for svg in section.all("svg")]
    lines = section.table()
    assert titles == [
        "Score over time: All controls",
        "Score over time: SOC 2 Type II",
        "Score over time: OWASP Top 10",
    ]
    assert [line[1] for line in lines] == ["not known", "a" * 12]
    first, last = int(lines[1][2]), int(lines[0][2])
    assert first < last
    description = next(section.all("svg")).one("desc").text
    assert description.startswith(f"2 scans, from {first} to {last};")


def test_the_trend_holds_what_the_api_answers(organization, repository, page, api_as, owner):
    scan(repository, secrets(), at=NOW - timedelta(days=2))
    scan(repository, at=NOW)

    lines = page().section("trend").table()

    points = api_as(owner).get(f"/api/compliance/trend/{repository.pk}").json()["points"]
    assert [int(line[2]) for line in lines] == [point["score"] for point in points][::-1]


def test_the_trend_has_the_last_scan_of_each_day(repository, page):
    for hour, found in ((1, secrets()), (2, secrets()), (3, None)):
        scan(repository, *([found] if found else []), at=NOW - timedelta(days=1, hours=-hour))

    assert len(page().section("trend").table()) == 1


def test_the_trend_leaves_out_a_day_with_nothing_but_scans_of_older_commits(repository, page):
    scan(repository, secrets(), at=NOW, commit="older")
    scan(repository, at=NOW - timedelta(days=1), commit="newer")

    assert [line[1] for line in page().section("trend").table()] == ["newer"]


@pytest.mark.parametrize(
    ("days", "points"), [("30", 1), ("90", 2), ("365", 3), ("", 2), ("7", 2), ("x", 2)]
)
def test_the_trend_goes_as_far_back_as_is_chosen(repository, page, days, points):
    for days_ago in (200, 60, 10):
        scan(repository, at=NOW - timedelta(days=days_ago))

    assert len(page(days=days).section("trend").table()) == points


def test_a_change_of_policy_is_marked_on_every_chart_with_what_changed(
    organization, repository, page
):
    scan(repository, at=NOW - timedelta(days=9))
    with time_machine.travel(NOW - timedelta(days=4), tick=False):
        enable(organization, ["owasp"])
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        set_disabled_controls(
            organization=organization, framework_key="owasp", disabled=["A01:2025"]
        )

    section = page().section("trend")

    marks = [mark.text for mark in section.one("ul", **{"class": "marks small"}).all("li")]
    assert marks[-2:] == [
        "22 Apr 2026 : Changed: enabled frameworks",
        "23 Apr 2026 : Changed: controls marked Not Applicable",
    ]
    for svg in section.all("svg"):
        assert len(list(svg.all("path", **{"class": "mark"}))) == len(marks)


def test_another_organizations_changes_are_not_marked(organization, repository, page):
    scan(repository)
    before = page().section("trend").text
    enable(OrganizationFactory(), ["owasp"])

    assert page().section("trend").text == before
