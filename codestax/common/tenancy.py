"""Whose rows the database shows: the second wall behind the scoped query sets.

Row-level security in PostgreSQL compares every row with the organization and the user that the
session names. A `Scope` says which; it belongs to the work (a request, an upload) and not to a
connection. The database backend tells the session before each statement that needs another one
(codestax.postgresql), so that what a kept connection did last never reaches into the next request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

# Database roles, made by the migrations: the first sees what the scope names and nothing else, the
# second sees all organizations.
APP = "codestax_app"
STAFF = "codestax_staff"
# No organization has this id. Rows that belong to none (audit entries of the service itself) are
# seen and written under it.
OF_NO_ORGANIZATION = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """The role that statements run as, and whose rows it sees; None is nobody's."""

    role: str = APP
    org_id: int | None = None
    user_id: int | None = None


# Without one, statements run as the account that the process connected with. That is nobody of
# consequence in web processes and workers, and the tables' owner in commands.
current_scope: ContextVar[Scope | None] = ContextVar("current_scope", default=None)


@contextmanager
def scoped(scope: Scope | None) -> Iterator[None]:
    token = current_scope.set(scope)
    try:
        yield
    finally:
        current_scope.reset(token)


def enter(*, org_id: int | None = None, user_id: int | None = None) -> None:
    """Let the request go on as this organization's, now that its credential is known."""
    scope = current_scope.get()
    if scope is not None:
        current_scope.set(replace(scope, org_id=org_id, user_id=user_id))


@contextmanager
def acting_for(org_id: int) -> Iterator[None]:
    """Run the block as one organization's work, whoever started it."""
    with scoped(Scope(org_id=org_id)):
        yield


@contextmanager
def narrowed_to(org_id: int | None) -> Iterator[None]:
    """Run the block as this organization's (None: as what belongs to none).

    For who sees all organizations anyway, support staff and commands, nothing changes.
    """
    scope = current_scope.get()
    if scope is not None and scope.role == APP:
        scope = replace(scope, org_id=OF_NO_ORGANIZATION if org_id is None else org_id)
    with scoped(scope):
        yield


@contextmanager
def of_user(user_id: int | None) -> Iterator[None]:
    """Run the block as this user's, whose memberships and sign-ins it then sees."""
    scope = current_scope.get()
    if scope is not None and scope.role == APP:
        scope = replace(scope, user_id=user_id)
    with scoped(scope):
        yield


@contextmanager
def across_organizations() -> Iterator[None]:
    """Run the block over all organizations: upkeep, and support staff's pages."""
    with scoped(Scope(STAFF)):
        yield
