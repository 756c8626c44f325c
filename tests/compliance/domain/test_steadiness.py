"""For how long the numbers of an assessment hold."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.scoring import evaluate
from compliance.domain.standing import standing_of
from compliance.domain.steadiness import ALWAYS, steady_until
from scans.domain.evidence import QualityGate, Reviews
from tests.compliance.domain.scoring_builders import (
    NOW,
    control,
    evidence,
    framework,
    policy,
    report,
)
from tests.compliance.domain.scoring_strategies import evidences, few, policies

WEEKLY = policy(framework(control("scan_recency", "scanned_within_7_days")))


def standing(given_evidence, given_policy, now):
    return standing_of(evaluate(given_evidence, given_policy, now), is_scanned=True)


# Of the time until then, rounded down: a share of it as a float may be rounded up to all of it.
PARTS = 10**7


@few
@given(evidences, policies(), st.integers(0, PARTS - 1))
def test_until_then_a_standing_is_what_it_was(given_evidence, given_policy, part):
    until = min(steady_until(given_evidence, given_policy, NOW), NOW + timedelta(days=90))
    later = NOW + max(timedelta(), until - NOW) * part // PARTS

    assert standing(given_evidence, given_policy, later) == standing(
        given_evidence, given_policy, NOW
    )


@pytest.mark.parametrize(
    "given_evidence",
    [
        pytest.param(
            evidence(reports=(report("secrets", expires_at=NOW + timedelta(days=3)),)), id="report"
        ),
        pytest.param(
            evidence(
                quality_gate=QualityGate(
                    result="passed", passed=1, evaluated=1, expires_at=NOW + timedelta(days=3)
                )
            ),
            id="gate",
        ),
        pytest.param(
            evidence(reviews=Reviews(merged=1, reviewed=1, expires_at=NOW + timedelta(days=3))),
            id="reviews",
        ),
    ],
)
def test_what_expires_ends_it(given_evidence):
    assert steady_until(given_evidence, policy(), NOW) == NOW + timedelta(days=3)


def test_a_fresh_scan_holds_until_it_is_too_old():
    fresh = evidence(last_success_at=NOW - timedelta(days=2))

    assert steady_until(fresh, WEEKLY, NOW) == NOW + timedelta(days=5)


def test_one_that_is_too_old_loses_credit_by_hundredths_of_the_limit():
    old = evidence(last_success_at=NOW - timedelta(days=7, minutes=1))

    assert steady_until(old, WEEKLY, NOW) == old.last_success_at + timedelta(days=7) * 1.01


def test_one_that_has_lost_all_loses_nothing_more():
    ancient = evidence(last_success_at=NOW - timedelta(days=14))

    assert steady_until(ancient, WEEKLY, NOW) == ALWAYS


def test_a_branch_without_a_scan_stays_so():
    assert steady_until(None, WEEKLY, NOW) == ALWAYS
