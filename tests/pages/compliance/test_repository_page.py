"""A repository's evidence sheet."""

from datetime import timedelta

import pytest

from compliance.services import set_disabled_controls
from scans.domain.evidence import Report
from tests.compliance.builders import NOW, enable, scan, scans_of_each_day, secrets
from tests.factories import OrganizationFactory, UploadFactory
from tests.pages.addresses import member_of
from tests.pages.compliance.shown import address, controls, queries_of
from tests.pages.reading import read
from tests.scans.sarif import result

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["", "/control?framework=soc2&id=CC6.1"])
def test_a_strangers_repository_is_not_found(page_as, repository, path):
    stranger = page_as(member_of(OrganizationFactory(), "owner"))

    assert stranger.get(address(repository) + path).status_code == 404


@pytest.mark.parametrize("repo_id", ["0", "999999999999999999", "9" * 19, "-1", "x"])
def test_a_repository_that_does_not_exist_is_not_found(browser, repo_id):
    assert browser.get(f"/dashboard/compliance/repos/{repo_id}").status_code == 404


def test_a_viewer_sees_the_whole_sheet(organization, repository, page_as):
    scan(repository)

    page = read(page_as(member_of(organization, "viewer")).get(address(repository)))

    assert len(controls(page)) == 15


def test_the_sheet_says_what_the_api_says(repository, page, api_as, owner):
    scan(repository, secrets())

    shown = page()

    answer = api_as(owner).get(f"/api/compliance/score/{repository.pk}").json()
    summary, expected = answer["executive_summary"], answer["frameworks"]["soc2"]["controls"]
    text = shown.section("summary").text
    assert f"Score {summary['overall_score']} {summary['posture']} over 15 controls" in text
    assert f"Coverage {summary['coverage']}%" in text
    lines = controls(shown)
    assert list(lines) == [one["id"] for one in expected]
    assert all(lines[one["id"]][2].startswith(one["reason"]) for one in expected)


def test_the_next_step_calls_a_framework_by_its_name(repository, page):
    scan(repository, secrets())

    assert "Address failing controls in SOC 2 Type II." in page().section("areas").text


def test_failing_and_lacking_evidence_differ_in_words_and_in_look(repository, page):
    report_on_secrets = Report(
        tool="gitleaks", scan_id=1, reported_at=NOW, is_complete=True, check_types=("secrets",)
    )
    scan(repository, secrets(), reports=(report_on_secrets,))

    shown = page()

    lines = controls(shown)
    looks = {
        badge.text: badge.attributes["class"]
        for badge in shown.section("framework-soc2").all("span")
        if "badge" in badge.attributes.get("class", "")
    }
    assert lines["CC6.1"][1] == "Fail"
    assert "Assessed: gitleaks" in lines["CC6.1"][2]
    assert lines["CC6.6"][1] == "No evidence"
    assert "Nothing reported" in lines["CC6.6"][2]
    assert looks["Fail"] == "badge badge--fail"
    assert looks["No evidence"] == "badge badge--missing"


def test_a_run_that_did_not_finish_is_said(repository, page):
    unfinished = Report(
        tool="gitleaks", scan_id=1, reported_at=NOW, is_complete=False, check_types=("secrets",)
    )
    scan(repository, reports=(unfinished,))

    shown = page()

    assert controls(shown)["CC6.1"][1] == "Partial"
    assert "Run did not finish: gitleaks" in controls(shown)["CC6.1"][2]
    assert shown.section("sources").table()[0][1] == "Did not finish"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"status": "fail"}, {"Fail"}),
        ({"status": "missing"}, {"No evidence"}),
        ({"status": "pass"}, {"Pass"}),
        ({"status": "nonsense"}, {"Pass", "Fail", "No evidence"}),
    ],
    ids=lambda value: value.get("status") if isinstance(value, dict) else None,
)
def test_controls_are_filtered_by_status(repository, page, query, kept):
    scan(repository, secrets())

    assert {line[1] for line in controls(page(**query)).values()} == kept


def test_controls_are_filtered_by_what_checks_them(repository, page):
    scan(repository, secrets())

    shown = page(check_type="secrets")

    assert list(controls(shown)) == ["CC6.1"]
    assert "1 of 15 controls are shown." in shown.section("controls").text
    assert shown.one("option", value="secrets", selected=None).text == "Secrets management"


def test_a_filter_changes_no_number_of_the_summary(repository, page):
    scan(repository, secrets())

    assert page(status="fail").section("summary").text == page().section("summary").text


def test_a_filter_that_keeps_nothing_says_so(repository, page):
    scan(repository)

    assert "No control matches" in page(status="fail").section("controls").text


def test_a_control_that_is_not_applicable_is_not_on_the_sheet(organization, repository, page):
    set_disabled_controls(organization=organization, framework_key="soc2", disabled=["CC6.1"])
    scan(repository, secrets())

    assert "CC6.1" not in controls(page())


def test_a_repository_without_a_scan_has_no_evidence_for_anything(repository, page):
    shown = page()

    assert "Score 0 Not Assessed" in shown.section("summary").text
    assert {line[1] for line in controls(shown).values()} == {"No evidence"}
    assert "No reports yet" in shown.section("sources").text
    assert "No scans yet" in shown.section("scans").text
    assert "No scan in this time" in shown.section("trend").text


def test_without_a_framework_no_control_applies(organization, repository, page):
    enable(organization, [])
    scan(repository)

    assert "No control applies" in page().section("controls").text


def test_the_sources_say_who_reported_when_and_until_when_it_counts(repository, page):
    carried = Report(
        tool="Semgrep",
        version="1.2.3",
        category="nightly",
        scan_id=1,
        reported_at=NOW - timedelta(days=10),
        is_complete=True,
        check_types=("sast_auth",),
        expires_at=NOW + timedelta(days=20),
    )
    expired = Report(
        tool="Bandit",
        scan_id=1,
        reported_at=NOW - timedelta(days=31),
        is_complete=True,
        check_types=("sast_crypto",),
        expires_at=NOW - timedelta(days=1),
    )
    scan(repository, reports=(carried, expired))

    first, second = page().section("sources").table()

    assert first[0] == "Semgrep 1.2.3 nightly"
    assert first[1:] == [
        "Complete",
        "16 Apr 2026, 12:00 UTC carried from an earlier scan, counts until 16 May 2026",
        "Authentication and access control",
    ]
    assert second[1] == "Expired"


def test_the_last_scans_say_what_each_opened_and_closed(upload, page):
    upload(result("B602", line=1), result("B105", path="b.py"), commit="a1")
    upload(result("B602", line=1), commit="b2")

    lines = page().section("scans").table()

    assert [line[:5] for line in lines] == [
        ["b2", "Completed", "0", "1", "Bandit"],
        ["a1", "Completed", "2", "0", "Bandit"],
    ]


def test_a_scan_that_waits_or_failed_says_so(repository, page):
    waiting = scan(repository, commit="c1", status="received", at=None)
    failed = scan(repository, commit="c2", status="failed", at=None)
    UploadFactory(scan=waiting, status="parsing")
    UploadFactory(scan=failed, status="failed", finished_at=NOW, reason="Line 3: this is no JSON.")

    states = {line[0]: line[1] for line in page().section("scans").table()}

    assert states == {"c1": "Parsing", "c2": "Failed Line 3: this is no JSON."}


def test_the_sheet_names_its_commit_its_branch_and_its_rules(repository, page):
    scan(repository, commit="9fceb02d0ae598e95dc970b74767f19372d61af8")

    text = page().section("about").text

    assert "checkout-service, branch main" in text
    assert "Commit 9fceb02d0ae598e95dc970b74767f19372d61af8" in text
    assert "Evaluated 26 Apr 2026, 12:00 UTC" in text
    assert "Rules Formula " in text


@pytest.mark.parametrize("count", [1, 30])
def test_the_sheet_takes_the_same_queries_for_any_number_of_scans(repository, browser, count):
    for made in scans_of_each_day(repository, count):
        UploadFactory(scan=made, status="completed", finished_at=NOW)
    queries_of(browser, address(repository))  # reads the policy's document, once for good

    # Session, user, memberships; the latest scan, the repository; the scans with their analyses
    # and uploads; the trend's scans, the policy's changes.
    assert queries_of(browser, address(repository)) == 10
