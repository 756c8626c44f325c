"""Policy: what an organization has decided, and what follows from it before any evidence."""

from functools import lru_cache

import msgspec

from compliance.domain.catalog import Control, Framework, builtin_frameworks
from orgs.domain.plans import plan_permits

CUSTOM_BASELINE = "recommended"
CUSTOM_BASELINE_REASON = "Your organization defined this control."


class CustomControl(msgspec.Struct, frozen=True, kw_only=True):
    """A control as an organization wrote it, checked and with its defaults filled in."""

    id: str
    name: str
    category: str
    description: str
    check_type: str
    pass_condition: str


class CustomFramework(msgspec.Struct, frozen=True, kw_only=True):
    """A framework of an organization's own."""

    key: str
    name: str
    description: str
    controls: tuple[CustomControl, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an organization has decided; one row of its history, as JSON.

    `enabled` None means every framework that the plan permits; `disabled` holds the ids of the
    controls that are Not Applicable, by framework key. Policies are keys of caches: sequences are
    tuples, and nobody may change the dictionary of one that exists.
    """

    catalog_version: str
    plan: str
    enabled: tuple[str, ...] | None = None
    disabled: dict[str, tuple[str, ...]] = {}
    custom: tuple[CustomFramework, ...] = ()

    def __hash__(self) -> int:
        # Cheap, and equal for equal policies: a custom framework of 500 controls costs nothing.
        keys = tuple(framework.key for framework in self.custom)
        return hash((self.plan, self.enabled, frozenset(self.disabled.items()), keys))


@lru_cache(maxsize=32)
def available_frameworks(policy: Policy) -> tuple[Framework, ...]:
    """Return the built-in frameworks in catalog order, then the custom ones by name."""
    custom = sorted(policy.custom, key=lambda entry: (entry.name.casefold(), entry.key))
    return (*builtin_frameworks().values(), *map(_as_framework, custom))


@lru_cache(maxsize=32)
def enabled_frameworks(policy: Policy) -> tuple[Framework, ...]:
    """Return the frameworks that score: selected and within the plan, in `available` order."""
    return tuple(
        framework
        for framework in available_frameworks(policy)
        if (policy.enabled is None or framework.key in policy.enabled)
        and not is_plan_locked(framework, policy.plan)
    )


def is_plan_locked(framework: Framework, plan: str) -> bool:
    return not plan_permits(plan, framework.requires_plan)


def applicable_controls(framework: Framework, policy: Policy) -> tuple[Control, ...]:
    """Return the framework's controls without those marked Not Applicable."""
    disabled = frozenset(policy.disabled.get(framework.key, ()))
    return tuple(control for control in framework.controls if control.id not in disabled)


def _as_framework(custom: CustomFramework) -> Framework:
    return Framework(
        key=custom.key,
        name=custom.name,
        description=custom.description,
        controls=tuple(map(_as_control, custom.controls)),
        custom=True,
    )


def _as_control(custom: CustomControl) -> Control:
    return Control(
        **msgspec.structs.asdict(custom),
        baseline=CUSTOM_BASELINE,
        baseline_reason=CUSTOM_BASELINE_REASON,
    )
