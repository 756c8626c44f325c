"""What the queue's workers run."""

from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from procrastinate.contrib.django import app

from codestax.common.failpoints import reached
from scans import services
from scans.limits import upload_limits
from scans.queue import QUEUE, TASK, worker_name


def _end_when_broken(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """End a process that has no memory or no database left, once its call is answered.

    Another one takes its place, and what this one may still hold is freed.
    """
    try:
        return call_next()
    except (MemoryError, OperationalError, InterfaceError):
        worker.stop()
        raise


@app.task(name=TASK, queue=QUEUE, task_middleware=[_end_when_broken])
def take_in(upload_id: int) -> None:
    reached("upload.called")
    services.take_in(upload_id, worker=worker_name(), limits=upload_limits())
    reached("upload.acknowledging")
