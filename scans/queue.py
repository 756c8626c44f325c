"""Waking workers: the one place that knows the queue, a table in the same database."""

import asyncio
import os
import signal
from contextlib import suppress

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.psycopg_connector import PsycopgConnector

TASK = "scans.take_in"
QUEUE = "uploads"

# Workers say every ten seconds that they live. One that stays silent for longer has ended, and so
# have its calls; what became of a finished call stands in the upload's row.
_LIVING_WORKERS = """
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - interval '60 seconds'
"""
_FORGET_WORKERS = """
DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - interval '60 seconds'
"""
_FORGET_CALLS = """
DELETE FROM procrastinate_jobs
WHERE queue_name = %s AND status <> 'todo' AND (status <> 'doing' OR worker_id IS NULL)
"""


def wake(upload_id: int) -> None:
    """Call a worker for an upload, in the caller's transaction if there is one.

    Nothing happens where a call for it is still waiting.
    """
    call = app.configure_task(name=TASK, queue=QUEUE, queueing_lock=f"upload {upload_id}")
    # The savepoint keeps the caller's transaction whole where the call is there already.
    with suppress(AlreadyEnqueued), transaction.atomic():
        call.defer(upload_id=upload_id)


def called() -> set[int]:
    """The ids of the uploads that a call is waiting for."""
    waiting = ProcrastinateJob.objects.filter(queue_name=QUEUE, status="todo")
    return set(waiting.values_list("args__upload_id", flat=True))


def living_workers() -> int:
    """How many workers have said within the last minute that they live."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVING_WORKERS)
        return int(cursor.fetchone()[0])


def tidy() -> None:
    """Forget the workers that are gone, and the calls that nobody will answer any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_WORKERS)
        cursor.execute(_FORGET_CALLS, [QUEUE])


def worker_name() -> str:
    """Set by the process that starts workers, which frees what a dead one held."""
    return os.environ.get("WORKER_NAME", f"pid {os.getpid()}")


def answer_calls() -> None:
    """Be a worker until told to stop: answer calls, one after another.

    SIGTERM and SIGINT let it finish the call that it is at. Raises ConnectorException where the
    queue does not answer.
    """
    # Two connections are enough, one listens and one reports; the work itself uses Django's.
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2)
    with app.replace_connector(connector):
        asyncio.run(_answer_calls())


async def _answer_calls() -> None:
    is_told_to_stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, is_told_to_stop.set)
    async with app.open_async():
        # procrastinate's own handlers take a second signal as the wish to end at once.
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                name=worker_name(),
                delete_jobs="always",
                # For a call that is made between the first look and the first listening.
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
            )
        )
        told_to_stop = asyncio.create_task(is_told_to_stop.wait())
        await asyncio.wait({working, told_to_stop}, return_when=asyncio.FIRST_COMPLETED)
        told_to_stop.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
