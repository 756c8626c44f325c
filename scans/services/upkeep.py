"""What keeps the queue moving when something else stopped."""

from collections.abc import Sequence
from datetime import datetime

from codestax.common.upkeep import upkeep_due
from orgs.services.rates import forget_old_windows
from orgs.services.session_owners import forget_ended
from scans import queue
from scans.services.idempotency import forget_old_answers
from scans.services.uploads import forget_finished, release_all_of, wake_waiting


def look_after(*, ended: Sequence[str], now: datetime) -> None:
    """Free what the workers `ended` held, call for all that waits, and forget what is over.

    Any number of processes may do so at the same time.
    """
    for worker in ended:
        release_all_of(worker)
    wake_waiting()
    queue.tidy()
    forget_finished(now)
    forget_old_answers(now)
    forget_old_windows()
    forget_ended(now)
    upkeep_due.send_robust(sender=None, now=now)
