from datetime import timedelta

import pytest

from codestax.common.errors import DomainError
from compliance.domain.scoring import as_of_scan, evaluate, trend_point
from scans.domain.evidence import Reviews
from tests.compliance.domain.scoring_builders import (
    NOW,
    control,
    everything,
    evidence,
    framework,
    group,
    policy,
    report,
)

DAY = timedelta(days=1)
RECENCY = policy(framework(control("scan_recency", "scanned_within_7_days")))


@pytest.mark.parametrize(
    ("success", "previous", "score"),
    [
        (NOW, None, 100),
        (NOW, NOW - 7 * DAY, 100),
        (NOW, NOW - 10.5 * DAY, 50),
        (NOW, NOW - 14 * DAY, 0),
        (NOW - 10.5 * DAY, NOW - 20 * DAY, 50),
        (NOW + DAY, NOW - 14 * DAY, 0),
        (None, None, 0),
    ],
    ids=["first", "in-time", "late", "gap", "failed-scan", "later-upload", "never"],
)
def test_a_gap_between_scans_shows_at_the_scan_after_it(success, previous, score):
    given = evidence(last_success_at=success, previous_success_at=previous)

    assert trend_point(given, RECENCY).score == score


def test_a_scan_is_evaluated_with_what_counted_then():
    given = evidence(
        group("secrets", "high"),
        reports=(report(expires_at=NOW + DAY),),
        reviews=Reviews(merged=4, reviewed=4, expires_at=NOW + DAY),
    )

    point = trend_point(given, everything())

    assert point == trend_point(as_of_scan(given), everything())
    assert point.score > evaluate(given, everything(), NOW + DAY).summary.overall_score


@pytest.mark.parametrize("only", [None, "soc2"])
def test_a_point_has_the_numbers_of_the_full_assessment(only):
    given = evidence(group("secrets", "high", 2), previous_success_at=NOW - 9 * DAY)

    point = trend_point(given, everything(), only)

    summary = evaluate(as_of_scan(given), everything(), NOW, only).summary
    assert (point.score, point.total) == (summary.overall_score, summary.total_controls)
    assert (point.passing, point.partial, point.failing) == (
        summary.passing,
        summary.partial,
        summary.failing,
    )


def test_a_point_of_nothing_is_0():
    point = trend_point(evidence(), everything(enabled=()))

    assert (point.score, point.passing, point.partial, point.failing, point.total) == (0,) * 5


def test_a_trend_of_a_framework_that_is_not_enabled_is_refused():
    with pytest.raises(DomainError, match="Framework not enabled: owasp"):
        trend_point(evidence(), everything(enabled=("soc2",)), "owasp")
