"""A policy made ready for scoring: the controls that count, and what each has to measure."""

from dataclasses import dataclass
from functools import lru_cache

from codestax.common.errors import DomainError
from compliance.domain.catalog import Control, Framework
from compliance.domain.measures import MeasureSet, measures_of
from compliance.domain.policy import (
    Policy,
    applicable_controls,
    available_frameworks,
    enabled_frameworks,
)


@dataclass(frozen=True, slots=True)
class ScoredFramework:
    """A framework's applicable controls; `positions[i]` is the measure of the i-th one."""

    key: str
    name: str
    controls: tuple[Control, ...]
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything about a score that does not depend on evidence."""

    frameworks: tuple[ScoredFramework, ...]
    measured: MeasureSet


@lru_cache(maxsize=32)
def scorecard(policy: Policy, only: str | None = None) -> Scorecard:
    """Return the scorecard of all enabled frameworks, or of `only` one.

    Raises DomainError if that one does not exist or is not enabled.
    """
    frameworks = enabled_frameworks(policy) if only is None else (_one(policy, only),)
    applicable = [applicable_controls(framework, policy) for framework in frameworks]
    measured = measures_of(tuple(control for controls in applicable for control in controls))
    scored = []
    start = 0
    for framework, controls in zip(frameworks, applicable, strict=True):
        positions = measured.positions[start : start + len(controls)]
        scored.append(ScoredFramework(framework.key, framework.name, controls, positions))
        start += len(controls)
    return Scorecard(tuple(scored), measured)


def _one(policy: Policy, key: str) -> Framework:
    for framework in enabled_frameworks(policy):
        if framework.key == key:
            return framework
    exists = any(framework.key == key for framework in available_frameworks(policy))
    problem = "Framework not enabled" if exists else "Unknown framework"
    raise DomainError(f"{problem}: {key}", field="framework")
