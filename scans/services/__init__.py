"""Every change to repositories and scans."""

from scans.services.commits import CommitFacts
from scans.services.idempotency import Answer, answered_once, forget_old_answers
from scans.services.ingestion import Reports, ingest, reader
from scans.services.repositories import (
    create_repository,
    delete_repository,
    update_repository,
)
from scans.services.upkeep import look_after
from scans.services.uploads import (
    Sent,
    forget_finished,
    receive,
    release_all_of,
    take_in,
    wake_waiting,
)

__all__ = [
    "Answer",
    "CommitFacts",
    "Reports",
    "Sent",
    "answered_once",
    "create_repository",
    "delete_repository",
    "forget_finished",
    "forget_old_answers",
    "ingest",
    "look_after",
    "reader",
    "receive",
    "release_all_of",
    "take_in",
    "update_repository",
    "wake_waiting",
]
