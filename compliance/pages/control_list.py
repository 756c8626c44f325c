"""A framework's controls as its page shows them: by category, with what is recommended."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from compliance.domain.catalog import Control, Framework
from compliance.domain.recommendations import Recommendation, recommend
from compliance.domain.summary import AREA_LABELS
from scans.domain.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ControlRow:
    """`level` is required, recommended or optional, and `reason` says why."""

    control: Control
    area: str
    level: str
    reason: str
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class ControlGroup:
    category: str
    rows: list[ControlRow] = field(default_factory=list)


def control_groups(
    framework: Framework, disabled: Collection[str], evidence: Evidence | None, now: datetime
) -> list[ControlGroup]:
    """Return the controls by category, both in the framework's order.

    Without evidence the recommendations are the baselines.
    """
    groups: dict[str, ControlGroup] = {}
    advice = recommend(framework.controls, evidence, now)
    for control, recommended in zip(framework.controls, advice, strict=True):
        group = groups.setdefault(control.category, ControlGroup(control.category))
        group.rows.append(_row(control, recommended, is_disabled=control.id in disabled))
    return list(groups.values())


def applicability(groups: list[ControlGroup]) -> str:
    """Return how many controls do not apply, and how many of them are required."""
    rows = [row for group in groups for row in group.rows]
    disabled = [row for row in rows if row.is_disabled]
    if not disabled:
        return f"All {len(rows)} controls apply."
    sentence = f"Not Applicable: {len(disabled)} of {len(rows)} controls"
    required = sum(row.level == "required" for row in disabled)
    return f"{sentence}, {required} of them required." if required else f"{sentence}."


def _row(control: Control, recommended: Recommendation, *, is_disabled: bool) -> ControlRow:
    return ControlRow(
        control=control,
        area=AREA_LABELS[control.check_type],
        level=recommended.level,
        reason=recommended.reason,
        is_disabled=is_disabled,
    )
