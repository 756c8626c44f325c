"""What the API answers, as plain values; compliance.api.serializers describes their shapes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from compliance.domain.assessment import Counts, FrameworkAssessment
from compliance.domain.catalog import CATALOG_VERSION, Control, Framework
from compliance.domain.policy import (
    CustomControl,
    Policy,
    available_frameworks,
    enabled_frameworks,
    is_plan_locked,
)
from compliance.domain.recommendations import Recommendation, recommend
from compliance.domain.scorecard import scorecard
from compliance.domain.scoring import FORMULA_VERSION, evaluate, trend_point
from compliance.models import CustomFramework
from compliance.queries import LatestScan, ScanEvidence, TrendScans, custom_framework
from scans.domain.evidence import Evidence

_VERSIONS = {"formula_version": FORMULA_VERSION, "catalog_version": CATALOG_VERSION}


def frameworks_answer(policy: Policy) -> dict[str, Any]:
    """Shape of FrameworksOut."""
    available = available_frameworks(policy)
    enabled = {framework.key for framework in enabled_frameworks(policy)}
    return {
        "available": [
            _legacy(framework)
            | {
                "enabled": framework.key in enabled,
                "requires_plan": framework.requires_plan,
                "plan_locked": is_plan_locked(framework, policy.plan),
            }
            for framework in available
        ],
        **_selection(policy.enabled),
        "frameworks": [_legacy(framework) for framework in available],
    }


def _legacy(framework: Framework) -> dict[str, Any]:
    return {
        "key": framework.key,
        "name": framework.name,
        "description": framework.description,
        "control_count": len(framework.controls),
        "custom": framework.custom,
    }


def _selection(keys: Iterable[str] | None) -> dict[str, Any]:
    return {
        "enabled_keys": None if keys is None else list(keys),
        "default_all_enabled": keys is None,
    }


def enabled_answer(keys: Iterable[str] | None) -> dict[str, Any]:
    """Shape of EnabledFrameworksOut."""
    return {"message": "Enabled frameworks updated", **_selection(keys)}


def disabled_answer(framework_key: str, policy: Policy) -> dict[str, Any]:
    """Shape of DisabledControlsOut."""
    return {
        "message": "Control selection updated",
        "framework_key": framework_key,
        "disabled": list(policy.disabled.get(framework_key, ())),
    }


def controls_answer(
    framework: Framework, policy: Policy, evidence: Evidence | None, now: datetime
) -> dict[str, Any]:
    """Shape of FrameworkControlsOut; without evidence the recommendations are the baselines."""
    disabled = frozenset(policy.disabled.get(framework.key, ()))
    advice = recommend(framework.controls, evidence, now)
    controls = [
        _control(control, recommended, is_disabled=control.id in disabled)
        for control, recommended in zip(framework.controls, advice, strict=True)
    ]
    return {
        "framework_key": framework.key,
        "framework_name": framework.name,
        "custom": framework.custom,
        "controls": controls,
        "disabled_count": sum(control["disabled"] for control in controls),
    }


def _control(control: Control, recommended: Recommendation, *, is_disabled: bool) -> dict[str, Any]:
    return {
        "id": control.id,
        "name": control.name,
        "category": control.category,
        "description": control.description,
        "check_type": control.check_type,
        "disabled": is_disabled,
        "recommendation": recommended.level,
        "recommendation_reason": recommended.reason,
    }


def custom_frameworks_answer(rows: Iterable[CustomFramework]) -> dict[str, Any]:
    """Shape of CustomFrameworksOut."""
    return {
        "frameworks": [
            {
                "id": row.pk,
                "key": row.key,
                "name": row.name,
                "description": row.description,
                "controls": _own_controls(row),
                "created_at": row.created_at,
            }
            for row in rows
        ]
    }


def _own_controls(row: CustomFramework) -> Sequence[CustomControl]:
    read = custom_framework(row)
    return read.controls if read else ()


def score_answer(latest: LatestScan, now: datetime, only: str | None) -> dict[str, Any]:
    """Shape of ScoreOut; raises DomainError for an `only` that does not score."""
    assessment = evaluate(latest.evidence, latest.policy, now, only)
    return {
        "repo_id": latest.repo_id,
        "repo_name": latest.repo_name,
        "evaluated_at": now,
        "last_scan": latest.completed_at and _scan_time(latest.completed_at),
        "total_issues": assessment.total_issues,
        "executive_summary": assessment.summary,
        "frameworks": {
            key: _framework(framework) for key, framework in assessment.frameworks.items()
        },
        **_VERSIONS,
    }


def _scan_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")


def _framework(framework: FrameworkAssessment) -> dict[str, Any]:
    return {
        "name": framework.name,
        **_counts(framework),
        "coverage": framework.coverage,
        "controls": framework.controls,
    }


def _counts(counts: Counts | FrameworkAssessment) -> dict[str, int]:
    return {
        "score": counts.score,
        "pass": counts.passing,
        "partial": counts.partial,
        "fail": counts.failing,
        "total": counts.total,
    }


def trend_answer(
    trend: TrendScans, policy: Policy, *, days: int, only: str | None
) -> dict[str, Any]:
    """Shape of TrendOut; raises as `score_answer`, also where there is no point to score."""
    scorecard(policy, only)
    return {
        "repo_id": trend.repo_id,
        "repo_name": trend.repo_name,
        "framework": only,
        "days": days,
        "points": [_point(scan, policy, only) for scan in trend.scans],
        **_VERSIONS,
    }


def _point(scan: ScanEvidence, policy: Policy, only: str | None) -> dict[str, Any]:
    return {
        "scan_id": scan.scan_id,
        "scanned_at": scan.completed_at,
        "commit": scan.commit or None,
        **_counts(trend_point(scan.evidence, policy, only)),
    }
