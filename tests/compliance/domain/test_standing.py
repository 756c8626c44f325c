"""Where repositories stand, alone and together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.assessment import count
from compliance.domain.scoring import evaluate, trend_counts, trend_point
from compliance.domain.standing import Standing, Totals, combined, kind_of, standing_of, totals_of
from tests.compliance.domain.scoring_builders import NOW, assess, evidence, group, report
from tests.compliance.domain.scoring_strategies import evidences, few, policies


def controls_of(assessment):
    return [
        control for framework in assessment.frameworks.values() for control in framework.controls
    ]


@few
@given(evidences, policies())
def test_a_repositorys_standing_is_its_assessment(given_evidence, given_policy):
    assessment = evaluate(given_evidence, given_policy, NOW)

    standing = standing_of(assessment, is_scanned=True)

    summary = assessment.summary
    assert standing.overall.score == summary.overall_score
    assert standing.overall.coverage == summary.coverage
    assert standing.overall.total == summary.total_controls
    assert standing.posture == summary.posture
    assert standing.open_findings == assessment.total_issues
    assert {key: one.score for key, one in standing.frameworks.items()} == {
        key: one.score for key, one in assessment.frameworks.items()
    }


@few
@given(st.lists(evidences, max_size=4), policies())
def test_together_every_control_of_every_repository_weighs_the_same(given_evidences, given_policy):
    assessments = [evaluate(one, given_policy, NOW) for one in given_evidences]

    together = combined(standing_of(one, is_scanned=True) for one in assessments)

    controls = [control for one in assessments for control in controls_of(one)]
    assert together.overall == totals_of(controls)
    assert together.overall.score == count([one.credit for one in controls]).score
    for check_type, totals in together.check_types.items():
        assert totals == totals_of(one for one in controls if one.check_type == check_type)


@few
@given(evidences, policies())
def test_a_trends_counts_are_the_points_of_each_framework(given_evidence, given_policy):
    counts = trend_counts(given_evidence, given_policy)

    assert counts.overall == trend_point(given_evidence, given_policy)
    assert counts.frameworks == {
        key: trend_point(given_evidence, given_policy, key)
        for key in evaluate(given_evidence, given_policy, NOW).frameworks
    }


@pytest.mark.parametrize("score", [0, 40, 100])
def test_one_more_repository_without_a_scan_never_raises_the_score(score):
    scanned = Standing(Totals(credit=score, partial=1), is_scanned=True)
    unscanned = Standing(Totals(missing=1))

    assert combined([scanned, unscanned]).overall.score == score // 2


@pytest.mark.parametrize(
    ("given_evidence", "kind"),
    [
        (evidence(), "pass"),
        (evidence(group("secrets", "high")), "partial"),
        (evidence(group("secrets", "critical")), "fail"),
        (evidence(reports=(report("secrets", is_complete=False),)), "partial"),
        (evidence(group("secrets", "critical"), reports=()), "missing"),
        (None, "missing"),
    ],
    ids=["clean", "some-credit", "findings", "run-not-finished", "findings-unseen", "no-scan"],
)
def test_a_failure_for_lack_of_evidence_is_a_kind_of_its_own(given_evidence, kind):
    assert kind_of(assess("secrets", "no_high_secrets", given_evidence)) == kind


def test_no_repositories_have_no_score_and_no_posture():
    nothing = combined([])

    assert (nothing.overall.score, nothing.overall.coverage) == (0, 0)
    assert nothing.posture == "Not Assessed"


def test_together_they_are_assessed_as_soon_as_one_is():
    passing = Standing(Totals(credit=100, passing=1, assessed=1), is_scanned=True)

    assert combined([passing]).posture == "Strong"
    assert combined([passing, Standing(Totals(missing=1))]).posture == "Weak"
