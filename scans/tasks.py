"""What the queue's workers run."""

import os

from procrastinate.contrib.django import app

from scans import services
from scans.limits import upload_limits
from scans.queue import QUEUE, TASK


@app.task(name=TASK, queue=QUEUE)
def take_in(upload_id: int) -> None:
    services.take_in(upload_id, worker=worker_name(), limits=upload_limits())


def worker_name() -> str:
    """Set by the process that starts workers, which frees what a dead one held."""
    return os.environ.get("WORKER_NAME", f"pid {os.getpid()}")
