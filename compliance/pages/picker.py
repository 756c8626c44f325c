"""The list of frameworks to choose from, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from codestax.common.errors import DomainError, PlanUpgradeRequiredError
from compliance.domain.catalog import Framework
from compliance.domain.policy import (
    Policy,
    applicable_controls,
    available_frameworks,
    enabled_frameworks,
    is_plan_locked,
)
from compliance.queries import framework_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A framework in the list; `plan` is the one that it needs, None where it is included."""

    key: str
    name: str
    description: str
    is_custom: bool
    is_chosen: bool
    is_enabled: bool
    plan: str | None
    controls: str


@dataclass(frozen=True, slots=True)
class Picker:
    """`is_default` is the choice of everything that the plan includes, now and later."""

    plan: str
    is_default: bool
    choices: list[Choice]
    enabled: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The plan that somebody asked for without knowing, and the framework that needs it."""

    framework: str
    current_plan: str
    required_plan: str

    @classmethod
    def of(cls, error: DomainError, policy: Policy) -> Self | None:
        """The prompt of a plan's refusal, None for any other."""
        if not isinstance(error, PlanUpgradeRequiredError):
            return None
        return cls(
            framework=framework_of(policy, error.framework_key).name,
            current_plan=error.current_plan.capitalize(),
            required_plan=error.required_plan.capitalize(),
        )


def picker(policy: Policy, keys: Sequence[str] | None) -> Picker:
    """Return the frameworks in `available` order, with `keys` (None is the default) chosen."""
    available = available_frameworks(policy)
    enabled = {framework.key for framework in enabled_frameworks(policy)}
    return Picker(
        plan=policy.plan.capitalize(),
        is_default=keys is None,
        choices=[_choice(framework, policy, keys, enabled) for framework in available],
        enabled=f"{len(enabled)} of {len(available)} count at present",
    )


def state_of(framework: Framework, policy: Policy) -> str:
    """Whether a framework counts, in one sentence."""
    if is_plan_locked(framework, policy.plan):
        plan = str(framework.requires_plan).capitalize()
        return f"It needs the {plan} plan, so it does not count."
    if framework in enabled_frameworks(policy):
        return "It counts towards every repository's score."
    return "It is not enabled, so it does not count."


def _choice(
    framework: Framework, policy: Policy, keys: Sequence[str] | None, enabled: set[str]
) -> Choice:
    is_locked = is_plan_locked(framework, policy.plan)
    return Choice(
        key=framework.key,
        name=framework.name,
        description=framework.description,
        is_custom=framework.custom,
        is_chosen=not is_locked if keys is None else framework.key in keys,
        is_enabled=framework.key in enabled,
        plan=str(framework.requires_plan).capitalize() if is_locked else None,
        controls=_controls(framework, policy),
    )


def _controls(framework: Framework, policy: Policy) -> str:
    total, applicable = len(framework.controls), len(applicable_controls(framework, policy))
    return str(total) if applicable == total else f"{applicable} of {total}"
