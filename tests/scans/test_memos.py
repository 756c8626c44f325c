"""A large report is stored by its differences to the one before, and no one can tell."""

import pytest
from django.db import transaction
from django.utils import timezone

from scans.domain.findings import ReportLimits
from scans.models import Analysis, Finding, ReportMemo, Scan
from scans.services.commits import CommitFacts
from scans.services.ingestion import Reports, ingest, read, store
from tests.factories import RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db

COUNT = 2_100
BASE = [result("B602", f"part_{number}.py", number + 1) for number in range(COUNT)]
GONE, MOVED, NEW = BASE[10:], [result("B602", "part_0.py", 77)], [result("B301", "new.py", 3)]
HIDDEN = [result("B602", "part_5.py", 6, suppressions=[{"kind": "inSource"}])]


@pytest.fixture
def repository():
    return RepositoryFactory()


def reports(*results):
    return Reports.of([report(*results)], ReportLimits())


def upload(repository, sent, commit):
    return ingest(
        repository=repository,
        commit=CommitFacts(branch="main", commit=commit),
        reports=sent,
        now=timezone.now(),
    )


def forget():
    ReportMemo.objects.all().delete()


def held(repository):
    """All that is stored of the repository, its scans by their places in the history."""
    scans = Scan.objects.filter(repository=repository).order_by("position")
    places = {scan.pk: place for place, scan in enumerate(scans)}
    findings = {
        (
            bytes(one.fingerprint),
            one.severity,
            one.path,
            one.line,
            one.message,
            one.is_suppressed,
            places[one.opened_scan_id],
            places.get(one.closed_scan_id),
        )
        for one in Finding.objects.filter(repository=repository)
    }
    analyses = Analysis.objects.filter(scan__in=scans).order_by("scan__position")
    return findings, [(one.counts, one.check_types, one.is_complete) for one in analyses]


def reads_differences(repository, sent):
    (run,) = read(repository, "main", sent).runs
    return run.rest is not None


@pytest.mark.parametrize(
    "series",
    [
        [BASE, GONE],
        [BASE, BASE + NEW],
        [BASE, BASE[1:] + MOVED],
        [BASE, BASE[:5] + BASE[6:] + HIDDEN, BASE],
        [BASE, BASE[3:] + NEW, BASE[2:], BASE + NEW + NEW],
    ],
    ids=["gone", "new", "moved", "suppressed and back", "one after another"],
)
def test_findings_and_counts_are_those_of_whole_reports(series):
    by_differences, whole = RepositoryFactory(), RepositoryFactory()
    for number, results in enumerate(series):
        assert reads_differences(by_differences, reports(*results)) == (number > 0)
        upload(by_differences, reports(*results), f"c{number}")
    forget()
    for number, results in enumerate(series):
        upload(whole, reports(*results), f"c{number}")
        forget()

    assert held(by_differences) == held(whole)


def test_another_report_for_the_same_commit_replaces_it(repository):
    upload(repository, reports(*BASE), "c1")
    upload(repository, reports(*BASE[1:], *MOVED), "c1")
    upload(repository, reports(*BASE[1:], *NEW), "c1")

    found = {(one.path, one.line) for one in Finding.objects.open()}
    assert found == {(f"part_{n}.py", n + 1) for n in range(1, COUNT)} | {("new.py", 3)}


def test_a_report_that_was_overtaken_while_it_was_read_is_read_again(repository):
    upload(repository, reports(*BASE), "c1")
    late = read(repository, "main", reports(*BASE, *NEW))
    upload(repository, reports(*GONE), "c2")

    with transaction.atomic():
        store(
            repository=repository,
            commit=CommitFacts(branch="main", commit="c3"),
            reading=late,
            now=timezone.now(),
        )

    assert Finding.objects.open().count() == COUNT + 1


def test_a_report_for_an_older_commit_leaves_what_is_remembered(repository):
    upload(repository, reports(*BASE), "c1")
    upload(repository, reports(*BASE, *NEW), "c3")
    memo = ReportMemo.objects.get()
    upload(repository, reports(*GONE), "c1")

    assert ReportMemo.objects.get() == memo
    assert Finding.objects.open().count() == COUNT + 1


def test_what_was_read_by_older_rules_is_not_used(repository):
    upload(repository, reports(*BASE), "c1")
    ReportMemo.objects.update(rules="an older version")

    assert not reads_differences(repository, reports(*GONE))


def test_another_branch_is_read_whole(repository):
    upload(repository, reports(*BASE), "c1")

    (run,) = read(repository, "other", reports(*GONE)).runs
    assert run.rest is None
