"""What a change would do to every repository's score, before anybody saves it.

Each preview refuses what the service of the same change refuses, and writes nothing. Three queries
for any number of repositories: the policy, the newest scans, and their evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance import services
from compliance.domain.custom_frameworks import check_custom_framework
from compliance.domain.policy import Policy, available_frameworks
from compliance.domain.policy_changes import (
    with_custom,
    with_disabled,
    with_selection,
    without_custom,
)
from compliance.domain.scoring import evaluate
from compliance.domain.standing import Standing, Totals, combined, standing_of
from compliance.newest_scans import decode_scans, evidence_of, newest_scans
from compliance.overview import to_the_minute
from compliance.queries import current_policy, framework_of
from orgs.models import Organization
from scans.domain.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """Totals as they are and as they would be; None where the framework does not count."""

    before: Totals | None
    after: Totals | None


@dataclass(frozen=True, slots=True)
class RepositoryPreview:
    """One repository's changes; `frameworks` in the order of the preview's."""

    repo_id: int
    name: str
    is_scanned: bool
    overall: ScoreChange
    frameworks: tuple[ScoreChange, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """All repositories by name, and all of them together.

    `frameworks` are the (key, name) of those for which something changes, in `available` order.
    """

    frameworks: tuple[tuple[str, str], ...]
    repositories: tuple[RepositoryPreview, ...]
    overall: ScoreChange
    totals: tuple[ScoreChange, ...]


@dataclass(frozen=True, slots=True)
class _Compared:
    repo_id: int
    name: str
    before: Standing
    after: Standing


def preview_selection(
    *, organization: Organization, keys: Sequence[str] | None, now: datetime
) -> Preview:
    """Raises as `set_enabled_frameworks`."""
    policy = current_policy(organization)
    services.require_selectable(policy, keys or ())
    return _preview(organization, policy, with_selection(policy, keys), now)


def preview_controls(
    *, organization: Organization, framework_key: str, disabled: Sequence[str], now: datetime
) -> Preview:
    """Raises as `set_disabled_controls`."""
    policy = current_policy(organization)
    services.require_controls(framework_of(policy, framework_key), disabled)
    return _preview(organization, policy, with_disabled(policy, framework_key, disabled), now)


def preview_custom_framework(
    *,
    organization: Organization,
    key: Any,
    name: Any,
    description: Any,
    controls: Any,
    now: datetime,
) -> Preview:
    """Raises as `save_custom_framework`, but for the limit of their number."""
    checked = check_custom_framework(key, name, description, controls)
    policy = current_policy(organization)
    return _preview(organization, policy, with_custom(policy, checked), now)


def preview_deletion(*, organization: Organization, key: str, now: datetime) -> Preview:
    """Raises as `delete_custom_framework`."""
    policy = current_policy(organization)
    services.require_deletable(framework_of(policy, key))
    return _preview(organization, policy, without_custom(policy, key), now)


def _preview(
    organization: Organization, policy: Policy, proposed: Policy, now: datetime
) -> Preview:
    compared = list(_compared(organization, policy, proposed, to_the_minute(now)))
    before = combined(one.before for one in compared)
    after = combined(one.after for one in compared)
    changing = {
        key
        for one in compared
        for key in one.before.frameworks.keys() | one.after.frameworks.keys()
        if one.before.frameworks.get(key) != one.after.frameworks.get(key)
    }
    frameworks = tuple(
        (key, name) for key, name in _names(policy, proposed).items() if key in changing
    )
    keys = [key for key, _ in frameworks]
    return Preview(
        frameworks=frameworks,
        repositories=tuple(_repository(one, keys) for one in compared),
        overall=ScoreChange(before.overall, after.overall),
        totals=_changes(before, after, keys),
    )


def _compared(
    organization: Organization, policy: Policy, proposed: Policy, moment: datetime
) -> Iterator[_Compared]:
    repositories = decode_scans(newest_scans(organization, moment, most=1).repositories)
    scan_ids = {one.repo_id: scan.scan_id for one in repositories for scan in one.newest}
    evidence = evidence_of(organization, scan_ids.values())
    for one in repositories:
        found = evidence.get(scan_ids.get(one.repo_id, 0))
        before, after = (_standing(found, each, moment) for each in (policy, proposed))
        yield _Compared(one.repo_id, one.name, before, after)


def _standing(evidence: Evidence | None, policy: Policy, moment: datetime) -> Standing:
    return standing_of(evaluate(evidence, policy, moment), is_scanned=evidence is not None)


def _names(policy: Policy, proposed: Policy) -> dict[str, str]:
    """Key to name of all that exist before or after; the later name where it changes."""
    both = (*available_frameworks(policy), *available_frameworks(proposed))
    return {framework.key: framework.name for framework in both}


def _repository(one: _Compared, keys: Sequence[str]) -> RepositoryPreview:
    return RepositoryPreview(
        repo_id=one.repo_id,
        name=one.name,
        is_scanned=one.before.is_scanned,
        overall=ScoreChange(one.before.overall, one.after.overall),
        frameworks=_changes(one.before, one.after, keys),
    )


def _changes(before: Standing, after: Standing, keys: Sequence[str]) -> tuple[ScoreChange, ...]:
    return tuple(ScoreChange(before.frameworks.get(key), after.frameworks.get(key)) for key in keys)
