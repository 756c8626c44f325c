"""Plans, lowest first, and what a framework's `requires_plan` means."""

from enum import StrEnum


class Plan(StrEnum):
    FREE = "free"
    TEAM = "team"
    ENTERPRISE = "enterprise"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {plan: rank for rank, plan in enumerate(Plan)}


def plan_permits(plan: str, required: str | None) -> bool:
    """Whether an organization on `plan` may use what needs at least `required`."""
    return required is None or Plan(plan).rank >= Plan(required).rank
