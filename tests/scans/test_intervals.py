"""Findings as intervals: whatever arrives in whatever order, each scan holds what was reported."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scans.domain.copy_text import storable
from scans.domain.findings import ParsedRun
from scans.models import Finding, Scan
from scans.services.intervals import apply_run, store_first_run
from tests.factories import RepositoryFactory, ScanFactory

pytestmark = pytest.mark.django_db

# A report: fingerprint -> (severity, suppressed).
flaws = st.dictionaries(
    st.sampled_from(b"abcde"), st.tuples(st.sampled_from(["high", "low"]), st.booleans())
)
# Uploads: which scan (by its place; beyond the last one makes a new one), which tool, what, whether
# the tool's run was complete, and whether it is an older commit's first that comes in between.
uploads = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["x", "y"]), flaws, st.booleans(), st.booleans()),
    min_size=1,
    max_size=12,
)


def run_of(tool, report, *, is_complete=True, undecided=frozenset(), line=1):
    rows = [
        (bytes([fp]) * 16, "sast_auth", severity, "R1", "a.py", line, "text", (79,), is_suppressed)
        for fp, (severity, is_suppressed) in report.items()
    ]
    run = ParsedRun(
        tool=tool,
        version="",
        category="",
        is_complete=is_complete,
        check_types=frozenset({"sast_auth"}),
        open_check_types=undecided,
        rows=rows,
        results=len(rows),
        duplicates=0,
    )
    return storable(run)


def present(scan, tool):
    found = Finding.objects.of(scan.org).present_at(scan).filter(tool=tool)
    rows = [(row.fingerprint[0], (row.severity, row.is_suppressed)) for row in found]
    assert len(rows) == len(dict(rows)), "one flaw stands twice"
    return dict(rows)


class History:
    """The plain model: what each scan holds, by tool, as dictionaries."""

    def __init__(self):
        self.repository = RepositoryFactory()
        self.scans = []
        self.held = []
        self.reported = []

    def insert(self, place):
        """A new scan before the one at `place`: it holds what the one before it holds."""
        below = self.scans[place - 1].position if place else 0
        above = self.scans[place].position if place < len(self.scans) else below + (1 << 40)
        scan = ScanFactory(repository=self.repository, branch="main", position=(below + above) // 2)
        self.scans.insert(place, scan)
        self.held.insert(place, dict(self.held[place - 1]) if place else {"x": {}, "y": {}})
        self.reported.insert(place, set())

    def upload(self, position, tool, report, is_complete, is_between=False):
        if is_between or position >= len(self.scans):
            position = min(position, len(self.scans))
            self.insert(position)
        later = [i for i in range(position + 1, len(self.scans)) if tool in self.reported[i]]
        until = min(later, default=len(self.scans))
        scan, run = self.scans[position], run_of(tool, report, is_complete=is_complete)
        if any(tool in reported for reported in self.reported):
            change = apply_run(
                scan=scan,
                run=run,
                until=self.scans[until] if later else None,
                replaces=tool in self.reported[position],
            )
        else:
            change = store_first_run(scan=scan, run=run)
        new = report if is_complete else self.held[position][tool] | report
        for index in range(position, until):
            self.held[index] = self.held[index] | {tool: new}
        self.reported[position].add(tool)
        return change


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(uploads)
def test_each_scan_holds_what_its_reports_say_in_any_order_of_arrival(history_of_uploads):
    with transaction.atomic():
        history = History()

        for upload in history_of_uploads:
            history.upload(*upload)

        for scan, held in zip(history.scans, history.held, strict=True):
            assert present(scan, "x") == held["x"]
            assert present(scan, "y") == held["y"]
        transaction.set_rollback(True)


def test_a_flaw_that_comes_back_opens_a_new_interval():
    history = History()
    flaw = {97: ("high", False)}

    history.upload(0, "x", flaw, True)
    history.upload(1, "x", {}, True)
    history.upload(2, "x", flaw, True)

    intervals = Finding.objects.order_by("pk").values_list("opened_scan", "closed_scan")
    first, second, third = (scan.pk for scan in history.scans)
    assert list(intervals) == [(first, second), (third, None)]


def test_the_same_report_again_writes_no_finding_row():
    history = History()
    history.upload(0, "x", {97: ("high", False)}, True)
    before = list(Finding.objects.extra(select={"tx": "xmin::text"}).values("pk", "tx"))

    change = history.upload(1, "x", {97: ("high", False)}, True)

    assert list(Finding.objects.extra(select={"tx": "xmin::text"}).values("pk", "tx")) == before
    assert (change.opened, change.closed) == (0, 0)


def test_an_incomplete_run_closes_nothing():
    history = History()
    history.upload(0, "x", {97: ("high", False), 98: ("low", False)}, True)

    change = history.upload(1, "x", {99: ("low", False)}, False)

    assert set(present(history.scans[1], "x")) == {97, 98, 99}
    assert (change.opened, change.closed) == (1, 0)


def test_a_check_type_left_open_closes_nothing_of_that_type():
    history = History()
    history.upload(0, "x", {97: ("high", False)}, True)
    scan = ScanFactory(repository=history.repository, branch="main")

    change = apply_run(
        scan=scan,
        run=run_of("x", {}, undecided=frozenset({"sast_auth"})),
        until=None,
        replaces=False,
    )

    assert change.closed == 0
    assert set(present(scan, "x")) == {97}


def test_a_flaw_that_becomes_suppressed_is_closed_and_counted_as_suppressed():
    history = History()
    history.upload(0, "x", {97: ("high", False)}, True)

    change = history.upload(1, "x", {97: ("high", True)}, True)

    assert (change.opened, change.closed, change.suppressed) == (0, 1, 1)


def test_a_changed_severity_is_neither_opened_nor_closed():
    history = History()
    history.upload(0, "x", {97: ("low", False)}, True)

    change = history.upload(1, "x", {97: ("high", False)}, True)

    assert (change.opened, change.closed) == (0, 0)
    assert present(history.scans[0], "x") == {97: ("low", False)}
    assert present(history.scans[1], "x") == {97: ("high", False)}


def test_moved_code_keeps_its_row_and_shows_its_new_line():
    history = History()
    history.upload(0, "x", {97: ("low", False)}, True)
    moved = run_of("x", {97: ("low", False)}, line=40)
    scan = ScanFactory(repository=history.repository, branch="main")

    apply_run(scan=scan, run=moved, until=None, replaces=False)

    finding = Finding.objects.get()
    assert (finding.line, finding.opened_scan) == (40, history.scans[0])


def test_reports_of_another_branch_are_left_alone():
    history = History()
    history.upload(0, "x", {97: ("low", False)}, True)
    other = ScanFactory(repository=history.repository, branch="feature")

    change = apply_run(scan=other, run=run_of("x", {}), until=None, replaces=False)

    assert change.closed == 0
    assert Scan.objects.get(pk=history.scans[0].pk).opened_findings.count() == 1
