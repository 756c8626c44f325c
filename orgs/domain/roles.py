"""Roles in an organization, lowest first."""

from enum import StrEnum


class Role(StrEnum):
    """viewer reads; member also uploads; admin also configures; owner also plan and owners."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def allows(self, needed: "Role") -> bool:
        return self.rank >= needed.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


def lower_of(one: Role, other: Role) -> Role:
    return min(one, other, key=lambda role: role.rank)
