"""Everything that writes the audit log and what proves it."""

from audit.services.checkpoints import (
    NotWholeError,
    make_checkpoints,
    signing_key,
    unsigned_chains,
)
from audit.services.entries import (
    ANONYMOUS,
    SYSTEM,
    record_act,
    record_change,
    record_export,
)
from audit.services.retention import dropped_through, trim
from audit.services.upkeep import look_after

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "NotWholeError",
    "dropped_through",
    "look_after",
    "make_checkpoints",
    "record_act",
    "record_change",
    "record_export",
    "signing_key",
    "trim",
    "unsigned_chains",
]
