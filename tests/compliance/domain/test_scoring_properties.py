import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.catalog import builtin_frameworks
from compliance.domain.scoring import evaluate, trend_point
from scans.domain.evidence import FindingGroup
from tests.compliance.domain.scoring_builders import NOW
from tests.compliance.domain.scoring_strategies import (
    SEVERITIES,
    evidences,
    few,
    groups,
    many,
    policies,
)

POSTURES = {"Strong", "Good", "Moderate", "Weak", "Critical", "Not Assessed"}


def credits_of(assessment):
    return {
        (key, control.id): control.credit
        for key, entry in assessment.frameworks.items()
        for control in entry.controls
    }


def scores_of(assessment):
    scores = {key: entry.score for key, entry in assessment.frameworks.items()}
    return {**scores, "overall": assessment.summary.overall_score}


def assert_never_higher(after, before):
    credits_before, scores_before = credits_of(before), scores_of(before)
    raised = {key: c for key, c in credits_of(after).items() if c > credits_before[key]}
    assert raised == {}
    assert all(score <= scores_before[key] for key, score in scores_of(after).items())


def with_findings(evidence, findings):
    return msgspec.structs.replace(evidence, findings=tuple(findings))


@pytest.mark.slow
@many
@given(evidences, policies(), groups)
def test_one_more_finding_never_raises_a_score(evidence, policy, group):
    before = evaluate(evidence, policy, NOW)
    after = evaluate(with_findings(evidence, (*evidence.findings, group)), policy, NOW)

    assert_never_higher(after, before)


@pytest.mark.slow
@many
@given(evidences, policies(), groups, st.sampled_from(SEVERITIES))
def test_a_worse_severity_never_raises_a_score(evidence, policy, group, other):
    low, high = sorted((group.severity, other), key=SEVERITIES.index)
    milder, worse = (
        with_findings(
            evidence,
            (
                *evidence.findings,
                FindingGroup(group.check_type, severity, group.cwes, group.count, group.report),
            ),
        )
        for severity in (low, high)
    )

    assert_never_higher(evaluate(worse, policy, NOW), evaluate(milder, policy, NOW))


@few
@given(evidences, policies(), st.data())
def test_the_order_of_findings_does_not_matter(evidence, policy, data):
    shuffled = data.draw(st.permutations(evidence.findings))

    assert evaluate(with_findings(evidence, shuffled), policy, NOW) == evaluate(
        evidence, policy, NOW
    )


@few
@given(evidences, policies())
def test_splitting_a_group_changes_nothing(evidence, policy):
    halves = [
        FindingGroup(g.check_type, g.severity, g.cwes, part, g.report)
        for g in evidence.findings
        for part in (g.count // 2, g.count - g.count // 2)
        if part
    ]

    assert evaluate(with_findings(evidence, halves), policy, NOW) == evaluate(evidence, policy, NOW)


@pytest.mark.slow
@many
@given(st.none() | evidences, policies())
def test_scores_are_whole_numbers_that_the_credits_explain(evidence, policy):
    assessment = evaluate(evidence, policy, NOW)

    for entry in assessment.frameworks.values():
        earned = [control.credit for control in entry.controls]
        assert all(type(credit) is int and 0 <= credit <= 100 for credit in earned)
        assert type(entry.score) is int
        assert entry.score == (sum(earned) // len(earned) if earned else 0)
        assert (entry.score == 100) == (bool(earned) and entry.passing == entry.total)
        assert entry.passing + entry.partial + entry.failing == entry.total == len(earned)
        assert 0 <= entry.coverage <= 100


@pytest.mark.slow
@many
@given(st.none() | evidences, policies())
def test_the_summary_is_the_pool_of_all_controls(evidence, policy):
    assessment = evaluate(evidence, policy, NOW)
    summary = assessment.summary

    earned = list(credits_of(assessment).values())

    assert summary.overall_score == sum(earned) // len(earned)
    assert (summary.passing, summary.failing) == (earned.count(100), earned.count(0))
    assert summary.passing + summary.partial + summary.failing == summary.total_controls
    assert summary.posture in POSTURES
    assert not (summary.failing and summary.posture == "Strong")
    lost = [
        sum(100 - credits_of(assessment)[tuple(c.split(":", 1))] for c in area.controls)
        for area in summary.risk_areas
    ]
    assert lost == sorted(lost, reverse=True)


@few
@given(st.none() | evidences, policies())
def test_missing_evidence_is_never_a_pass(evidence, policy):
    assessment = evaluate(evidence, policy, NOW)

    controls = [c for entry in assessment.frameworks.values() for c in entry.controls]

    assert all(c.credit == 0 for c in controls if c.evidence == "missing")
    assert all(c.credit <= 50 for c in controls if c.evidence == "incomplete")
    assert all((c.status == "pass") == (c.credit == 100) for c in controls)
    assert all((c.status == "fail") == (c.credit == 0) for c in controls)


@few
@given(evidences, policies(), st.sets(st.sampled_from(builtin_frameworks()["owasp"].controls)))
def test_disabled_controls_leave_every_count(evidence, policy, marked):
    disabled = {**policy.disabled, "owasp": tuple(control.id for control in marked)}
    before = evaluate(evidence, policy, NOW)

    after = evaluate(evidence, msgspec.structs.replace(policy, disabled=disabled), NOW)

    kept = {
        key: credit
        for key, credit in credits_of(before).items()
        if key not in {("owasp", control.id) for control in marked}
    }
    assert credits_of(after) == kept
    assert after.summary.total_controls == before.summary.total_controls - len(marked)
    assert after.summary.overall_score == sum(kept.values()) // len(kept)


@few
@given(evidences, policies())
def test_a_trend_point_uses_the_same_formula(evidence, policy):
    # Without a previous success the scan's own age is 0, so both look at the same moment.
    evidence = msgspec.structs.replace(evidence, last_success_at=NOW)

    point, summary = trend_point(evidence, policy), evaluate(evidence, policy, NOW).summary

    assert (point.score, point.passing, point.failing, point.total) == (
        summary.overall_score,
        summary.passing,
        summary.failing,
        summary.total_controls,
    )


@few
@given(st.none() | evidences, policies())
def test_an_assessment_survives_json(evidence, policy):
    assessment = evaluate(evidence, policy, NOW)

    again = msgspec.json.decode(msgspec.json.encode(assessment), type=type(assessment))

    assert again == assessment
