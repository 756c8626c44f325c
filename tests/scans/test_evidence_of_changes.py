"""Evidence is counted from what a scan changed, and is the same as if all rows were counted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scans import services
from scans.domain.findings import ReportLimits
from scans.models import Scan
from tests.factories import RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Results: file -> (level, suppressed).
flaws = st.dictionaries(
    st.sampled_from("abc"), st.tuples(st.sampled_from(["error", "note"]), st.booleans())
)
# Uploads: which commit, by the hour in which it was made; which tool and category; what it found,
# whether its run was complete, and how many days after the upload before (reports expire).
uploads = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([("Bandit", ""), ("Bandit", ""), ("Bandit", "lib"), ("Semgrep", "")]),
        flaws,
        st.sampled_from([True, True, False]),
        st.sampled_from([0, 0, 1, 40]),
    ),
    min_size=1,
    max_size=10,
)


def sent(tool, category, found, *, is_complete=True):
    results = [
        result(
            path=f"{name}.py",
            level=level,
            suppressions=[{"kind": "inSource"}] if is_suppressed else [],
        )
        for name, (level, is_suppressed) in found.items()
    ]
    invocations = [{"executionSuccessful": is_complete}]
    return report(*results, tool=tool, category=category, invocations=invocations)


def upload(repository, hour, body, now):
    return services.ingest(
        repository=repository,
        commit=services.CommitFacts(
            branch="main", commit=f"c{hour}", committed_at=START + timedelta(hours=hour)
        ),
        reports=services.Reports.of([body], ReportLimits()),
        now=now,
    )


def counted_anew(scan):
    """What the scan's rows come to where there is no earlier scan to build on."""
    Scan.objects.filter(position__lt=scan.position).update(evidence=None)
    services.evidence.refresh_evidence(scan)
    scan.refresh_from_db()
    return scan.evidence.findings


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(uploads)
def test_findings_in_evidence_are_those_that_a_scan_holds(history):
    with transaction.atomic():
        repository, now = RepositoryFactory(), START + timedelta(days=1)
        for hour, tool, found, is_complete, days in history:
            now += timedelta(days=days, minutes=1)
            upload(repository, hour, sent(*tool, found, is_complete=is_complete), now)

        newest_first = list(Scan.objects.filter(repository=repository).order_by("-position"))
        stored = [scan.evidence.findings for scan in newest_first]
        assert stored == [counted_anew(scan) for scan in newest_first]
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("before", "is_counted"),
    [(("Bandit", ""), False), (("Bandit", "lib"), True), (("Semgrep", ""), True)],
    ids=["the same tool", "another category", "another tool"],
)
def test_all_rows_are_counted_only_where_the_scan_before_counted_others(before, is_counted):
    repository = RepositoryFactory()
    expired = START - timedelta(days=40)
    upload(repository, 0, sent(*before, {"a": ("error", False)}), expired)
    scan = upload(repository, 1, sent("Bandit", "", {"b": ("error", False)}), START)

    with CaptureQueriesContext(connection) as queries:
        services.evidence.refresh_evidence(scan)

    assert any("unnest" in query["sql"] for query in queries) == is_counted
