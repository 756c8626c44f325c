"""Acts: one change that somebody asked for, in one transaction, with one audit entry.

A service opens an act; model signals collect what changes in it; when it ends, still inside the
transaction, `act_finished` lets those that record it (the audit log) write. Nobody below the
audit log imports it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.dispatch import Signal

from codestax.common.tenancy import narrowed_to

# Sent with `act` before the transaction commits; a receiver that raises undoes the change.
act_finished = Signal()


@dataclass
class Act:
    """What was done (an action code), where, and what it changed.

    `metadata` is the structured description; `changes` are the rows' before and after, as the
    audit log's receivers collected them. `organization_id` is None for what belongs to none.
    """

    action: str
    organization_id: int | None
    metadata: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    actor_email: str | None = None  # only where the request does not know it (a sign-in)


current_act: ContextVar[Act | None] = ContextVar("current_act", default=None)


@contextmanager
def act(
    action: str,
    *,
    organization_id: int | None,
    actor_email: str | None = None,
    **metadata: Any,
) -> Iterator[Act]:
    """Run the block as one act. Inside another act it belongs to that one, which names it.

    The database lets it write rows of `organization_id` alone, or those of no organization.
    """
    outer = current_act.get()
    if outer is not None:
        outer.metadata.update(metadata)
        yield outer
        return
    with transaction.atomic(), narrowed_to(organization_id):
        this = Act(action, organization_id, metadata, actor_email=actor_email)
        token = current_act.set(this)
        try:
            yield this
        finally:
            current_act.reset(token)
        act_finished.send(sender=Act, act=this)
