"""Waking workers: the one place that knows the queue, a table in the same database."""

from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

TASK = "scans.take_in"
QUEUE = "uploads"


def wake(upload_id: int) -> None:
    """Call a worker for an upload, in the caller's transaction if there is one.

    Nothing happens where a call for it is still waiting.
    """
    call = app.configure_task(name=TASK, queue=QUEUE, queueing_lock=f"upload {upload_id}")
    # The savepoint keeps the caller's transaction whole where the call is there already.
    with suppress(AlreadyEnqueued), transaction.atomic():
        call.defer(upload_id=upload_id)
