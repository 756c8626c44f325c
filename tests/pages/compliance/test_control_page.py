"""The page of one control, with its findings."""

import pytest

from compliance.services import set_disabled_controls
from tests.compliance.builders import save_framework, scan, secrets, sent_control
from tests.pages.addresses import text_of
from tests.pages.compliance.shown import address
from tests.pages.reading import read
from tests.scans.sarif import result

pytestmark = pytest.mark.django_db


def test_a_control_opens_to_its_findings(upload, page, browser):
    upload(
        result("B105", path="app/settings.py", line=12),
        result("B105", path="app/other.py", line=7),
        commit="a1",
    )
    controls_shown = page().section("framework-soc2")
    links = [link.attributes["href"] for link in controls_shown.all("a")]

    pages = [read(browser.get(link)) for link in links]

    with_findings = [
        one for one in pages if list(one.all("section", **{"aria-labelledby": "findings"}))
    ]
    assert with_findings
    lines = with_findings[0].section("findings").table()
    assert {(line[1], line[3], line[4]) for line in lines} == {
        ("app/settings.py:12", "Bandit", "just now"),
        ("app/other.py:7", "Bandit", "just now"),
    }
    assert all("B105" in line[2] for line in lines)


def test_a_controls_page_says_its_result_its_condition_and_its_source(repository, control_page):
    scan(repository, secrets())

    text = control_page("CC6.1").section("result").text

    assert "Fail Credit 0 of 100" in text
    assert "1 open secrets finding(s)" in text
    assert "Passes when no_" in text
    assert "Checked by Secrets management" in text
    assert "Source " in text


def test_a_control_that_is_not_applicable_is_not_scored(organization, repository, control_page):
    set_disabled_controls(organization=organization, framework_key="soc2", disabled=["CC6.1"])
    scan(repository, secrets())

    assert "Not scored" in control_page("CC6.1").section("result").text


def test_a_control_of_a_framework_that_is_not_enabled_is_not_scored(repository, control_page):
    scan(repository)

    assert "Not scored" in control_page("A01:2025", framework="owasp").section("result").text


def test_a_custom_control_may_be_called_anything(organization, repository, page, browser):
    name = "../../a b?&#%2f"
    save_framework(organization, "own", sent_control(name))
    scan(repository)

    link = page().section("framework-own").one("a").attributes["href"]

    assert name in read(browser.get(link)).one("h1").text


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"framework": "soc2"},
        {"framework": "soc2", "id": "CC99"},
        {"framework": "nope", "id": "CC6.1"},
        {"framework": "soc2\x00", "id": "\x00"},
    ],
    ids=["nothing", "no-control", "unknown-control", "unknown-framework", "nul"],
)
def test_a_control_that_does_not_exist_is_not_found(repository, browser, query):
    assert browser.get(f"{address(repository)}/control", query).status_code == 404


def test_findings_come_a_hundred_to_a_page(upload, control_page, browser):
    upload(*(result("B105", path=f"f{number}.py") for number in range(101)), commit="a1")

    first = control_page("CC6.1")
    second = read(browser.get(first.one("a", rel="next").attributes["href"]))

    assert len(first.section("findings").table()) == 100
    assert len(second.section("findings").table()) == 1
    assert "page=1" in second.one("a", rel="prev").attributes["href"]


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999", "9999"])
def test_a_page_that_does_not_exist_is_no_fault(repository, upload, control_page, number):
    upload(result("B105"), commit="a1")

    assert control_page("CC6.1", page=number).one("h1").text.startswith("CC6.1")


def test_hostile_text_of_a_report_is_shown_as_it_is_written(upload, repository, browser):
    hostile = "<script>alert(1)</script>{{ 7*7 }}"
    upload(result("B105", path=f'"><img onerror=x>{hostile}'), commit="a1")

    raw = text_of(browser.get(f"{address(repository)}/control?framework=soc2&id=CC6.1"))

    assert "<script>alert" not in raw
    assert "<img" not in raw
