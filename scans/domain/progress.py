"""How far the uploads of one scan have come, as one word."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

# From the first to the last; what comes after them is completed or failed.
UNFINISHED = ("received", "parsing", "storing")


class UploadState(Protocol):
    """What is asked of an upload: its state, when it came, when it ended, and why it failed."""

    status: str
    reason: str
    received_at: datetime
    finished_at: datetime | None


def progress(uploads: Iterable[UploadState]) -> tuple[str, str | None]:
    """Return (received | parsing | storing | completed | failed, the failure's reason).

    The one that is furthest behind speaks for all. A failure stands until an upload that came
    after it has been completed: one that came before says nothing of the failed report.
    """
    known = list(uploads)
    waiting = [one.status for one in known if one.status in UNFINISHED]
    if waiting:
        return min(waiting, key=UNFINISHED.index), None
    ended = {one.finished_at: one for one in known if one.status == "failed" and one.finished_at}
    if not ended:
        return "completed", None
    last_failure = max(ended)
    if any(one.status == "completed" and one.received_at > last_failure for one in known):
        return "completed", None
    return "failed", ended[last_failure].reason
