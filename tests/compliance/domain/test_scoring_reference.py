"""Credits against two independent statements of the rules: one here, one outside if present."""

import importlib.util
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.summary import posture
from scans.domain.evidence import Reviews
from tests.compliance.domain.scoring_builders import NOW, assess, evidence, group
from tests.compliance.domain.scoring_strategies import SEVERITIES, finding_conditions, many

REFERENCE = Path(__file__).parents[4] / "shared" / "domain" / "scoring_reference.py"

found = st.lists(st.sampled_from(SEVERITIES), max_size=14)


@pytest.fixture(scope="module")
def reference():
    if not REFERENCE.exists() and "CORPUS_REQUIRED" not in os.environ:
        pytest.skip("the reference of the scoring rules is not beside this checkout")
    spec = importlib.util.spec_from_file_location("scoring_reference", REFERENCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expected_credit(condition, severities):
    """One flaw at a time: it costs nothing below the threshold or while a free place is left."""
    words = condition.split("_")
    free = int(words[1]) if words[0] == "max" else 0
    threshold = next((word for word in words if word in SEVERITIES), "low")
    left = 100
    for severity in severities:
        if SEVERITIES.index(severity) < SEVERITIES.index(threshold):
            continue
        if severity == threshold and free:
            free -= 1
            continue
        left -= {"low": 3, "medium": 10, "high": 25, "critical": 100}[severity]
    return max(left, 0)


def credit_of(check_type, condition, severities):
    given = evidence(*(group(check_type, severity) for severity in severities))
    return assess(check_type, condition, given).credit


@many
@given(finding_conditions(), found)
def test_finding_credits_can_be_recomputed_by_hand(condition, severities):
    assert credit_of(*condition, severities) == expected_credit(condition[1], severities)


@many
@given(finding_conditions(), found)
def test_finding_credits_agree_with_the_reference(reference, condition, severities):
    assert credit_of(*condition, severities) == reference.finding_credit(condition[1], severities)


@many
@given(st.integers(1, 100), st.integers(0, 100))
def test_level_credits_agree_with_the_reference(reference, target, percent):
    given = evidence(reviews=Reviews(merged=100, reviewed=percent))

    result = assess("pr_reviews", f"pr_review_coverage_{target}", given)

    assert result.credit == reference.level_credit(percent, target)


@many
@given(st.integers(1, 365), st.floats(0, 2.2))
def test_recency_credits_agree_with_the_reference(reference, days, share):
    age = int(days * 86_400 * share)
    given = evidence(last_success_at=NOW - timedelta(seconds=age))

    result = assess("scan_recency", f"scanned_within_{days}_days", given)

    assert result.credit == reference.recency_credit(age, days)


@pytest.mark.parametrize("failing", [0, 3])
def test_postures_agree_with_the_reference(reference, failing):
    ours = [posture(score, failing=failing, is_assessed=True) for score in range(101)]

    assert ours == [reference.posture(score, failing > 0, 1) for score in range(101)]
