"""Every change to an organization's compliance configuration.

Each is one act. It holds the organization's row, so that changes come one after another, and
writes the whole policy that results as a new version.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from codestax.common.acts import act
from codestax.common.errors import DomainError, NotFoundError, PlanUpgradeRequiredError
from compliance.domain.catalog import Framework
from compliance.domain.custom_frameworks import check_custom_framework
from compliance.domain.policy import Policy, available_frameworks, is_plan_locked
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection, PolicyVersion
from compliance.queries import current_policy, framework_of, stored_policy
from orgs.models import Organization

MAX_CUSTOM_FRAMEWORKS = 100


def set_enabled_frameworks(
    *, organization: Organization, keys: Sequence[str] | None
) -> list[str] | None:
    """Replace the selection and return it, without duplicates; None is back to the default.

    Raises what `require_selectable` raises.
    """
    selected = None if keys is None else list(dict.fromkeys(keys))
    with _change("COMPLIANCE_FRAMEWORKS_UPDATED", organization, enabled_keys=selected) as change:
        require_selectable(current_policy(change.organization), selected or ())
        _save_selection(_selection(change.organization), selected)
    return selected


def set_disabled_controls(
    *, organization: Organization, framework_key: str, disabled: Sequence[str]
) -> list[str]:
    """Replace a framework's Not Applicable controls and return them, without duplicates.

    Raises NotFoundError for an unknown framework and DomainError for an unknown control.
    """
    selected = list(dict.fromkeys(disabled))
    with _change(
        "COMPLIANCE_CONTROLS_UPDATED", organization, framework_key=framework_key, disabled=selected
    ) as change:
        framework = framework_of(current_policy(change.organization), framework_key)
        require_controls(framework, selected)
        _save_disabled(_disabled_row(change.organization, framework_key), selected)
    return selected


def save_custom_framework(
    *, organization: Organization, key: Any, name: Any, description: Any, controls: Any
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
        row = CustomFramework.objects.of(change.organization).filter(key=checked.key).first()
        if row is None:
            row = _new_custom_framework(change.organization, checked.key)
        else:
            change.metadata["updated"] = True
        row.name, row.description = checked.name, checked.description
        row.controls = [msgspec.to_builtins(control) for control in checked.controls]
        row.save()
        _keep_disabled(change.organization, checked.key, ids)
        _select(change.organization, checked.key)
    return row


def delete_custom_framework(*, organization: Organization, key: str) -> None:
    """Delete a custom framework with what was selected of it.

    Raises NotFoundError for an unknown key and DomainError for a built-in one.
    """
    with _change("COMPLIANCE_CUSTOM_FRAMEWORK_DELETED", organization, key=key) as change:
        row = CustomFramework.objects.of(change.organization).filter(key=key).first()
        if row is None:
            require_deletable(framework_of(current_policy(change.organization), key))
            raise NotFoundError("Not found.")
        change.metadata["name"] = row.name
        row.delete()
        for marked in ControlSelection.objects.of(change.organization).filter(framework_key=key):
            marked.delete()
        _deselect(change.organization, key)


def record_policy(organization: Organization) -> PolicyVersion:
    """Write the policy that the tables hold as the one in force; call it with the change."""
    return PolicyVersion.objects.create(
        org=organization, document=msgspec.to_builtins(stored_policy(organization))
    )


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


def _upgrade_required(framework: Framework, plan: str) -> PlanUpgradeRequiredError:
    required = str(framework.requires_plan)
    return PlanUpgradeRequiredError(
        f"Framework '{framework.key}' requires the {required.capitalize()} plan",
        framework_key=framework.key,
        current_plan=plan,
        required_plan=required,
    )


@dataclass(frozen=True)
class _Change:
    """A change under way: the locked organization, with its plan as it is now."""

    organization: Organization
    metadata: dict[str, Any]


@contextmanager
def _change(code: str, organization: Organization, **metadata: Any) -> Iterator[_Change]:
    """Run the block as one act under the organization's lock, and record the policy it leaves.

    The lock lets foreign keys to the organization be written still.
    """
    with act(code, organization_id=organization.pk, **metadata) as this:
        # Said again for where this is part of a wider act (support staff).
        this.action, this.organization_id = code, organization.pk
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        yield _Change(locked, this.metadata)
        record_policy(locked)


def _new_custom_framework(organization: Organization, key: str) -> CustomFramework:
    if CustomFramework.objects.of(organization).count() >= MAX_CUSTOM_FRAMEWORKS:
        raise DomainError(
            f"An organization can have at most {MAX_CUSTOM_FRAMEWORKS} custom frameworks."
        )
    return CustomFramework(org=organization, key=key)


def _selection(organization: Organization) -> FrameworkSelection:
    stored = FrameworkSelection.objects.of(organization).first()
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
    rows = ControlSelection.objects.of(organization).filter(framework_key=framework_key)
    return rows.first() or ControlSelection(org=organization, framework_key=framework_key)


def _save_disabled(row: ControlSelection, disabled: list[str]) -> None:
    row.disabled = disabled
    row.save()


def _keep_disabled(organization: Organization, framework_key: str, ids: set[str]) -> None:
    """Drop the disabled ids that a replaced framework has no more."""
    row = _disabled_row(organization, framework_key)
    kept = [control_id for control_id in row.disabled if control_id in ids]
    if kept != row.disabled:
        _save_disabled(row, kept)
