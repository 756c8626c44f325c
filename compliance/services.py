"""Every change to an organization's compliance configuration.

Each is one act. It holds the organization's row, so that changes come one after another, and
writes the whole policy that results as a new version. `seen` are the versions
(compliance.domain.versions) that the change is meant for, None for any; where what it changes is
in none of them, StaleError is raised when nothing else is wrong.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from codestax.common.acts import act
from codestax.common.errors import DomainError, NotFoundError, PlanUpgradeRequiredError, StaleError
from codestax.common.locking import locked_row
from compliance.domain.catalog import Framework
from compliance.domain.custom_frameworks import check_custom_framework
from compliance.domain.policy import Policy, available_frameworks, is_plan_locked
from compliance.domain.versions import (
    controls_version,
    custom_frameworks_version,
    frameworks_version,
)
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection
from compliance.queries import current_policy, framework_of, stored_policy
from orgs.models import Organization
from orgs.queries import locked_organization

MAX_CUSTOM_FRAMEWORKS = 100
# By hand, since every change ends with it, under its lock.
_RECORD = """
INSERT INTO compliance_policyversion (org_id, document, created_at) VALUES (%s, %s::jsonb, %s)
"""


def set_enabled_frameworks(
    *,
    organization: Organization,
    keys: Sequence[str] | None,
    seen: Collection[str] | None = None,
) -> Policy:
    """Replace the selection, without duplicates; None is back to the default.

    Returns the policy that results. Raises what `require_selectable` raises.
    """
    selected = None if keys is None else list(dict.fromkeys(keys))
    enabled = None if selected is None else tuple(selected)
    with _change("COMPLIANCE_FRAMEWORKS_UPDATED", organization, enabled_keys=selected) as change:
        policy = stored_policy(change.organization)
        require_selectable(policy, selected or ())
        _require_seen(seen, frameworks_version(policy))
        _save_selection(_selection(change.organization), selected)
        change.leaves = msgspec.structs.replace(policy, enabled=enabled)
    return change.policy


def set_disabled_controls(
    *,
    organization: Organization,
    framework_key: str,
    disabled: Sequence[str],
    seen: Collection[str] | None = None,
) -> Policy:
    """Replace a framework's Not Applicable controls, without duplicates.

    Returns the policy that results. Raises NotFoundError for an unknown framework and DomainError
    for an unknown control.
    """
    selected = list(dict.fromkeys(disabled))
    with _change(
        "COMPLIANCE_CONTROLS_UPDATED", organization, framework_key=framework_key, disabled=selected
    ) as change:
        policy = stored_policy(change.organization)
        framework = framework_of(policy, framework_key)
        require_controls(framework, selected)
        _require_seen(seen, controls_version(policy, framework))
        _save_disabled(_disabled_row(change.organization, framework_key), selected)
    return change.policy


def save_custom_framework(
    *,
    organization: Organization,
    key: Any,
    name: Any,
    description: Any,
    controls: Any,
    seen: Collection[str] | None = None,
) -> CustomFramework:
    """Create a custom framework, or replace the one with this key, and select it.

    Takes plain JSON values. Raises InvalidFrameworkError, or DomainError when there are too many.
    """
    checked = check_custom_framework(key, name, description, controls)
    ids = {control.id for control in checked.controls}
    with _change(
        "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED",
        organization,
        key=checked.key,
        name=checked.name,
        control_count=len(ids),
    ) as change:
        row = locked_row(CustomFramework, org_id=change.organization.pk, key=checked.key)
        if row is None:
            row = _new_custom_framework(change.organization, checked.key)
        else:
            change.metadata["updated"] = True
        _require_custom_seen(seen, change.organization)
        row.name, row.description = checked.name, checked.description
        row.controls = [msgspec.to_builtins(control) for control in checked.controls]
        row.save()
        _keep_disabled(change.organization, checked.key, ids)
        _select(change.organization, checked.key)
    return row


def delete_custom_framework(
    *, organization: Organization, key: str, seen: Collection[str] | None = None
) -> None:
    """Delete a custom framework with what was selected of it.

    Raises NotFoundError for an unknown key and DomainError for a built-in one.
    """
    with _change("COMPLIANCE_CUSTOM_FRAMEWORK_DELETED", organization, key=key) as change:
        row = _custom_row(change.organization, key)
        _require_custom_seen(seen, change.organization)
        change.metadata["name"] = row.name
        row.delete()
        for marked in ControlSelection.objects.of(change.organization).filter(framework_key=key):
            marked.delete()
        _deselect(change.organization, key)


def record_policy(organization: Organization) -> Policy:
    """Write the policy that the tables hold as the one in force; call it with the change."""
    return _record(organization, stored_policy(organization))


def _record(organization: Organization, policy: Policy) -> Policy:
    document = msgspec.json.encode(policy).decode()
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [organization.pk, document, timezone.now()])
    return policy


def require_selectable(policy: Policy, keys: Sequence[str]) -> None:
    """Raise DomainError for the first unknown framework, then PlanUpgradeRequiredError."""
    available = {framework.key: framework for framework in available_frameworks(policy)}
    for key in keys:
        if key not in available:
            raise DomainError(f"Unknown framework: {key}")
    for key in keys:
        if is_plan_locked(available[key], policy.plan):
            raise _upgrade_required(available[key], policy.plan)


def require_controls(framework: Framework, ids: Sequence[str]) -> None:
    """Raise DomainError for the first id that is no control of the framework."""
    known = {control.id for control in framework.controls}
    for control_id in ids:
        if control_id not in known:
            raise DomainError(f"Unknown control: {control_id}")


def require_deletable(framework: Framework) -> None:
    """Raise DomainError for a built-in framework."""
    if not framework.custom:
        raise DomainError(f"{framework.key} is a built-in framework and cannot be deleted.")


def _require_seen(seen: Collection[str] | None, version: str) -> None:
    if seen is not None and version not in seen:
        raise StaleError(
            "Somebody has changed this since you read it: read it again, and send If-Match with "
            "the new ETag."
        )


def _require_custom_seen(seen: Collection[str] | None, organization: Organization) -> None:
    if seen is not None:
        rows = CustomFramework.objects.of(organization)
        _require_seen(seen, custom_frameworks_version(rows.values_list("pk", "updated_at")))


def _upgrade_required(framework: Framework, plan: str) -> PlanUpgradeRequiredError:
    required = str(framework.requires_plan)
    return PlanUpgradeRequiredError(
        f"Framework '{framework.key}' requires the {required.capitalize()} plan",
        framework_key=framework.key,
        current_plan=plan,
        required_plan=required,
    )


@dataclass
class _Change:
    """A change under way: the locked organization, with its plan as it is now.

    `policy` is the one that it leaves, once it is over; `leaves` is that where it is known without
    reading the tables again.
    """

    organization: Organization
    metadata: dict[str, Any]
    leaves: Policy | None = None
    policy: Policy = field(init=False)


@contextmanager
def _change(code: str, organization: Organization, **metadata: Any) -> Iterator[_Change]:
    """Run the block as one act under the organization's lock, and record the policy it leaves.

    Raises what `locked_organization` raises.
    """
    with act(code, organization_id=organization.pk, **metadata) as this:
        # Said again for where this is part of a wider act (support staff).
        this.action, this.organization_id = code, organization.pk
        locked = locked_organization(organization)
        change = _Change(locked, this.metadata)
        yield change
        change.policy = _record(locked, change.leaves or stored_policy(locked))


def _custom_row(organization: Organization, key: str) -> CustomFramework:
    """The row itself, which may be damaged; raises as `delete_custom_framework`.

    `key` is whatever stands in a path, and not all of that can be asked for in SQL.
    """
    rows = CustomFramework.objects.of(organization)
    if key not in rows.values_list("key", flat=True):
        require_deletable(framework_of(current_policy(organization), key))
        raise NotFoundError("Not found.")
    found: CustomFramework = rows.get(key=key)
    return found


def _new_custom_framework(organization: Organization, key: str) -> CustomFramework:
    if CustomFramework.objects.of(organization).count() >= MAX_CUSTOM_FRAMEWORKS:
        raise DomainError(
            f"An organization can have at most {MAX_CUSTOM_FRAMEWORKS} custom frameworks."
        )
    return CustomFramework(org=organization, key=key)


def _selection(organization: Organization) -> FrameworkSelection:
    stored = locked_row(FrameworkSelection, org_id=organization.pk)
    return stored or FrameworkSelection(org=organization)


def _save_selection(selection: FrameworkSelection, keys: list[str] | None) -> None:
    selection.keys = keys
    selection.save()


def _select(organization: Organization, key: str) -> None:
    """Add a framework to an explicit selection; the default one has it already."""
    selection = _selection(organization)
    if selection.keys is not None and key not in selection.keys:
        _save_selection(selection, [*selection.keys, key])


def _deselect(organization: Organization, key: str) -> None:
    selection = _selection(organization)
    if selection.keys is not None and key in selection.keys:
        _save_selection(selection, [kept for kept in selection.keys if kept != key])


def _disabled_row(organization: Organization, framework_key: str) -> ControlSelection:
    stored = locked_row(ControlSelection, org_id=organization.pk, framework_key=framework_key)
    return stored or ControlSelection(org=organization, framework_key=framework_key)


def _save_disabled(row: ControlSelection, disabled: list[str]) -> None:
    row.disabled = disabled
    row.save()


def _keep_disabled(organization: Organization, framework_key: str, ids: set[str]) -> None:
    """Drop the disabled ids that a replaced framework has no more."""
    row = _disabled_row(organization, framework_key)
    kept = [control_id for control_id in row.disabled if control_id in ids]
    if kept != row.disabled:
        _save_disabled(row, kept)
