"""Commits that come out of order: the latest scan is the newest commit's, whenever it came."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from scans.models import Finding, Scan
from scans.services.commits import CommitFacts, scan_of
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(minute):
    return f"committed_at={(NOON + timedelta(minutes=minute)).isoformat().replace('+', '%2B')}"


def order():
    return list(Scan.objects.order_by("position").values_list("commit", flat=True))


@pytest.fixture
def score(client, repository):
    def read():
        told = client.get(f"/api/compliance/score/{repository.pk}").json()
        return told["executive_summary"]["overall_score"], told["last_scan"]

    return read


@pytest.fixture
def open_rules(client, repository):
    def read():
        found = client.get(f"/api/repos/{repository.pk}/findings").json()["results"]
        return {one["rule_id"] for one in found}

    return read


def test_a_late_report_of_an_older_commit_does_not_become_the_latest(upload, score, open_rules):
    upload(report(result(rule="B1")), f"commit=newer&{at(2)}")
    known = score()

    upload(report(result(rule="B2"), result(rule="B3")), f"commit=older&{at(1)}")

    assert order() == ["older", "newer"]
    assert open_rules() == {"B1"}
    assert score() == known


def test_the_trend_keeps_both_in_the_order_of_their_commits(upload, client, repository):
    upload(report(), f"commit=newer&{at(2)}")
    upload(report(result()), f"commit=older&{at(1)}")

    trend = client.get(f"/api/compliance/trend/{repository.pk}").json()

    assert [point["commit"] for point in trend["points"]] == ["older", "newer"]


def test_commits_in_any_order_of_arrival_are_put_in_their_own(upload):
    for minute in (5, 1, 3, 2, 4, 6):
        upload(report(), f"commit=c{minute}&{at(minute)}")

    assert order() == ["c1", "c2", "c3", "c4", "c5", "c6"]


def test_each_scan_still_shows_what_it_found(upload, client):
    newer = upload(report(result(rule="B1")), f"commit=newer&{at(2)}").json()
    older = upload(report(result(rule="B2")), f"commit=older&{at(1)}").json()

    rules = {
        scan["commit"]: [
            one["rule_id"]
            for one in client.get(f"/api/scans/{scan['id']}/findings").json()["results"]
        ]
        for scan in (newer, older)
    }

    assert rules == {"newer": ["B1"], "older": ["B2"]}


def test_what_both_commits_have_is_one_finding_since_the_older(upload):
    upload(report(result()), f"commit=newer&{at(2)}")
    older = upload(report(result()), f"commit=older&{at(1)}").json()

    assert Finding.objects.get().opened_scan_id == older["id"]


def test_without_a_time_a_commit_stands_where_it_arrived(upload):
    upload(report(), f"commit=a&{at(9)}")
    upload(report(), "commit=b")
    upload(report(), f"commit=c&{at(10)}")
    upload(report(), f"commit=late&{at(5)}")

    assert order() == ["late", "a", "b", "c"]


def test_more_reports_for_a_commit_leave_it_where_it_is(upload):
    upload(report(), f"commit=a&{at(2)}")
    upload(report(tool="Semgrep"), f"commit=b&{at(3)}")

    upload(report(tool="Semgrep"), f"commit=a&{at(9)}")

    assert order() == ["a", "b"]


def test_a_clock_that_is_ahead_does_not_hold_its_place_for_ever(upload):
    ahead = (timezone.now() + timedelta(days=400)).isoformat().replace("+", "%2B")
    upload(report(), f"commit=ahead&committed_at={ahead}")
    after = (timezone.now() + timedelta(seconds=1)).isoformat().replace("+", "%2B")

    upload(report(), f"commit=next&committed_at={after}")

    assert order() == ["ahead", "next"]


@pytest.mark.slow
def test_any_number_of_commits_between_two_finds_a_place(upload):
    upload(report(), f"commit=first&{at(0)}")
    upload(report(), f"commit=last&{at(100)}")
    for minute in range(70):
        assert upload(report(), f"commit=c{minute}&{at(20 + minute)}").status_code == 201

    assert order()[1:-1] == [f"c{minute}" for minute in range(70)]


def test_what_stands_between_two_commits_of_one_moment_is_put_there(repository):
    moment = timezone.now()

    for minute in (1, 3, 2):
        commit = CommitFacts("main", f"c{minute}", NOON + timedelta(minutes=minute))
        scan_of(repository, commit, moment)

    assert order() == ["c1", "c2", "c3"]


def test_a_time_that_is_none_is_refused(upload):
    answer = upload(report(), "commit=a&committed_at=yesterday")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "committed_at")
