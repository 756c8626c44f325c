"""The evidence that a scan's row holds: what of the branch's scans counts, and until when."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from scans import services
from scans.domain.findings import ReportLimits
from tests.factories import RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number, **more):
    return START + timedelta(days=number, **more)


@pytest.fixture
def repository():
    return RepositoryFactory(languages=["Java"])


@pytest.fixture
def scan_on(repository):
    """Uploads one report on a day, for a commit of its own unless one is named."""

    def upload(now, *results, commit="", branch="main", facts=None, **run):
        return services.ingest(
            repository=repository,
            commit=services.CommitFacts(branch=branch, commit=commit, facts=facts or {}),
            reports=services.Reports.of([report(*results, **run)], ReportLimits()),
            now=now,
        )

    return upload


def evidence_of(scan):
    scan.refresh_from_db()
    return scan.evidence


def tools_of(scan):
    return [one.tool for one in evidence_of(scan).reports]


def counts_of(scan):
    flaws = Counter()
    for group in evidence_of(scan).findings:
        flaws[group.check_type] += group.count
    return flaws


# Reports.


def test_a_scans_own_report_does_not_expire(scan_on):
    scan = scan_on(day(0), tool="Bandit")

    (own,) = evidence_of(scan).reports
    assert (own.tool, own.version, own.scan_id) == ("Bandit", "1.0", scan.pk)
    assert (own.reported_at, own.is_complete, own.expires_at) == (day(0), True, None)


def test_an_earlier_scans_report_is_carried_for_thirty_days(scan_on):
    earlier = scan_on(day(0), result(rule="aws-access-token"), tool="gitleaks")

    scan = scan_on(day(10), result(), tool="Bandit")

    own, carried = evidence_of(scan).reports
    assert (own.tool, own.expires_at) == ("Bandit", None)
    assert (carried.tool, carried.scan_id) == ("gitleaks", earlier.pk)
    assert (carried.reported_at, carried.expires_at) == (day(0), day(30))
    assert counts_of(scan) == {"sast_security": 1, "secrets": 1}


@pytest.mark.parametrize(
    ("now", "tools"),
    [(day(30, seconds=-1), ["Bandit", "gitleaks"]), (day(30), ["Bandit"])],
    ids=["just_before", "at_thirty_days"],
)
def test_a_carried_report_that_expired_counts_no_more_nor_do_its_findings(scan_on, now, tools):
    scan_on(day(0), result(rule="aws-access-token"), tool="gitleaks")

    scan = scan_on(now, tool="Bandit")

    assert tools_of(scan) == tools
    assert counts_of(scan) == ({"secrets": 1} if "gitleaks" in tools else {})


def test_the_time_of_carrying_is_a_setting(scan_on, settings):
    settings.CARRY_DAYS = 5
    scan_on(day(0), tool="gitleaks")

    assert tools_of(scan_on(day(4), tool="Bandit")) == ["Bandit", "gitleaks"]
    assert tools_of(scan_on(day(6), tool="Ruff")) == ["Ruff", "Bandit"]


def test_of_each_tool_and_category_the_newest_report_counts(scan_on):
    scan_on(day(0), result(path="a.py"), result(path="b.py"), category="backend")
    scan_on(day(1), result(path="c.py"), category="frontend")

    scan = scan_on(day(2), result(path="a.py"), category="backend")

    reports = evidence_of(scan).reports
    assert [(one.category, one.reported_at) for one in reports] == [
        ("backend", day(2)),
        ("frontend", day(1)),
    ]
    assert counts_of(scan) == {"sast_security": 2}


def test_findings_name_the_newest_report_that_knows_them(scan_on):
    scan_on(day(0), result(rule="aws-access-token"), tool="gitleaks")

    scan = scan_on(day(1), result(), tool="Bandit")

    evidence = evidence_of(scan)
    named = {group.check_type: evidence.reports[group.report].tool for group in evidence.findings}
    assert named == {"secrets": "gitleaks", "sast_security": "Bandit"}


def test_suppressed_findings_are_no_evidence(scan_on):
    scan = scan_on(day(0), result(suppressions=[{"kind": "inSource"}]))

    assert evidence_of(scan).findings == ()


def test_another_branchs_scans_are_no_evidence(scan_on):
    facts = {"quality_gate": "passed", "lines_of_code": 10, "languages": ["Go"]}
    scan_on(day(0), result(), tool="gitleaks", facts=facts)

    scan = scan_on(day(1), tool="Bandit", branch="dev")

    evidence = evidence_of(scan)
    assert tools_of(scan) == ["Bandit"]
    assert (evidence.findings, evidence.quality_gate, evidence.lines_of_code) == ((), None, None)
    assert evidence.languages == ("Java",)


def test_another_branchs_report_leaves_the_default_branchs_evidence_alone(scan_on):
    scan = scan_on(day(0), result())
    before = evidence_of(scan)

    scan_on(day(1), branch="dev")

    assert evidence_of(scan) == before


# Later scans.


def test_a_late_report_reaches_the_later_scans_that_build_on_it(scan_on):
    first = scan_on(day(0), commit="c1", tool="Bandit")
    later = scan_on(day(1), commit="c2", tool="Bandit")

    scan_on(day(2), result(rule="aws-access-token"), commit="c1", tool="gitleaks")

    carried = evidence_of(later).reports[1]
    assert tools_of(first) == ["gitleaks", "Bandit"]
    assert (carried.tool, carried.scan_id, carried.expires_at) == ("gitleaks", first.pk, day(32))
    assert counts_of(later) == {"secrets": 1}


def test_a_late_report_does_not_replace_a_later_one_of_the_same_tool(scan_on):
    scan_on(day(0), commit="c1", tool="Bandit")
    later = scan_on(day(1), commit="c2", tool="Bandit")
    before = evidence_of(later).reports

    scan_on(day(2), result(), commit="c1", tool="Bandit")

    assert evidence_of(later).reports == before
    assert counts_of(later) == {}


# The quality gate and reviews.


def test_a_quality_gate_is_carried_for_thirty_days(scan_on):
    told = scan_on(day(0), facts={"quality_gate": "warning"})

    scan = scan_on(day(3))

    assert evidence_of(told).quality_gate.expires_at is None
    gate = evidence_of(scan).quality_gate
    assert (gate.result, gate.passed, gate.evaluated) == ("warning", 0, 1)
    assert gate.expires_at == day(30)


def test_the_newest_gate_counts_and_the_rate_is_of_ninety_days(scan_on):
    for number, outcome in [(0, "passed"), (5, "failed"), (60, "passed"), (80, "warning")]:
        scan_on(day(number), facts={"quality_gate": outcome})

    scan = scan_on(day(91), facts={"quality_gate": "passed"})

    gate = evidence_of(scan).quality_gate
    assert (gate.result, gate.passed, gate.evaluated) == ("passed", 2, 4)
    assert gate.expires_at is None


def test_a_gate_older_than_ninety_days_is_none(scan_on):
    scan_on(day(0), facts={"quality_gate": "passed"})

    assert evidence_of(scan_on(day(90))).quality_gate is None


def test_reviews_are_carried_for_thirty_days(scan_on):
    told = {"pull_requests_merged": 12, "pull_requests_reviewed": 9}
    first = scan_on(day(0), facts=told)

    scan = scan_on(day(1))

    assert evidence_of(first).reviews.expires_at is None
    reviews = evidence_of(scan).reviews
    assert (reviews.merged, reviews.reviewed, reviews.expires_at) == (12, 9, day(30))


def test_no_merged_pull_request_is_a_fact_too(scan_on):
    none = {"pull_requests_merged": 0, "pull_requests_reviewed": 0}

    reviews = evidence_of(scan_on(day(0), facts=none)).reviews

    assert (reviews.merged, reviews.reviewed) == (0, 0)


def test_what_was_never_told_is_unknown(scan_on):
    evidence = evidence_of(scan_on(day(0)))

    assert (evidence.quality_gate, evidence.reviews, evidence.lines_of_code) == (None, None, None)


# Facts beside the reports.


def test_facts_of_a_commits_later_uploads_join_those_of_its_first(scan_on):
    scan_on(day(0), commit="c1", tool="Bandit", facts={"quality_gate": "failed"})

    scan = scan_on(day(0, hours=1), commit="c1", tool="gitleaks", facts={"lines_of_code": 5_000})

    evidence = evidence_of(scan)
    assert evidence.quality_gate.result == "failed"
    assert evidence.lines_of_code == 5_000


def test_a_later_word_about_the_same_commit_replaces_the_earlier(scan_on):
    scan_on(day(0), commit="c1", tool="Bandit", facts={"quality_gate": "failed"})

    scan = scan_on(day(1), commit="c1", tool="gitleaks", facts={"quality_gate": "passed"})

    gate = evidence_of(scan).quality_gate
    assert (gate.result, gate.passed, gate.evaluated) == ("passed", 1, 1)


def test_a_retried_report_with_a_new_fact_brings_the_fact(scan_on):
    scan_on(day(0), result(), commit="c1")

    scan = scan_on(day(0, minutes=1), result(), commit="c1", facts={"quality_gate": "passed"})

    assert evidence_of(scan).quality_gate.result == "passed"
    assert counts_of(scan) == {"sast_security": 1}


def test_languages_and_lines_of_code_are_the_newest_that_were_told(scan_on):
    scan_on(day(0), facts={"languages": ["C"], "lines_of_code": 10})
    scan_on(day(1), facts={"languages": ["Python", "Go"], "lines_of_code": 20})

    evidence = evidence_of(scan_on(day(2)))

    assert evidence.languages == ("Python", "Go")
    assert evidence.lines_of_code == 20


def test_languages_are_the_repositorys_where_no_scan_tells(scan_on):
    assert evidence_of(scan_on(day(0))).languages == ("Java",)


def test_that_there_is_nothing_to_check_is_said_of_one_commit_alone(scan_on):
    told = scan_on(day(0), facts={"nothing_to_check": ["iac_issues"]})

    scan = scan_on(day(1))

    assert evidence_of(told).nothing_to_check == ("iac_issues",)
    assert evidence_of(scan).nothing_to_check == ()


# When.


def test_successes_are_the_last_two_scans_with_a_run_that_finished(scan_on):
    failed = [{"executionSuccessful": False}]
    scan_on(day(0))
    scan_on(day(1))
    scan_on(day(2), invocations=failed)
    scan_on(day(3))

    evidence = evidence_of(scan_on(day(4), invocations=failed))

    assert evidence.scanned_at == day(4)
    assert (evidence.last_success_at, evidence.previous_success_at) == (day(3), day(1))


def test_a_first_run_that_failed_is_no_success(scan_on):
    evidence = evidence_of(scan_on(day(0), invocations=[{"executionSuccessful": False}]))

    assert (evidence.last_success_at, evidence.previous_success_at) == (None, None)
    assert [one.is_complete for one in evidence.reports] == [False]


@pytest.mark.parametrize("count", [1, 8])
def test_evidence_costs_the_same_for_any_number_of_earlier_scans(
    scan_on, django_assert_num_queries, count
):
    for number in range(count):
        scan_on(day(0, hours=number), result(line=number + 1), facts={"quality_gate": "passed"})
    newest = scan_on(day(1))

    # The later scans, the newest reports, the successes, the scan before and what changed since,
    # the gate and its rate, the reviews, the lines of code, the languages, the row.
    with django_assert_num_queries(11):
        services.evidence.refresh_evidence(newest)
