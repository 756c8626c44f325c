"""Uploads that wait for a worker, and whether there is one."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from codestax.doctor.problem import Problem, numbered
from scans.models import Upload
from scans.queue import living_workers

AREA = "queue"
# A worker is called at once; upkeep calls again for what was left every ten seconds.
PATIENCE = timedelta(minutes=5)
FAILED_WITHIN = timedelta(days=1)


def problems() -> Iterator[Problem]:
    yield from _workers()
    yield from _waiting()
    yield from _left()
    yield from _failed()


def _workers() -> Iterator[Problem]:
    if not living_workers():
        yield Problem(
            AREA,
            "No worker is alive: uploads wait, and the audit log is not signed.",
            "Start `manage.py worker`, or `manage.py serve` with SERVE_WORKER=true.",
        )


def _waiting() -> Iterator[Problem]:
    waiting = Upload.objects.free().filter(lease_until=None, received_at__lt=Now() - PATIENCE)
    if ids := _ids(waiting):
        yield Problem(
            AREA,
            f"{numbered('Upload', ids)}: received more than five minutes ago, and no worker has "
            "taken it in.",
            "Look at the workers' log; more of them is --processes or another host.",
        )


def _left() -> Iterator[Problem]:
    if ids := _ids(Upload.objects.free().filter(lease_until__lt=Now() - timedelta(minutes=1))):
        yield Problem(
            AREA,
            f"{numbered('Upload', ids)}: the worker that held it is gone, and no other has gone "
            "on.",
            "Start a worker: it frees what a dead one held.",
        )


def _failed() -> Iterator[Problem]:
    failed = Upload.objects.filter(status="failed", finished_at__gt=Now() - FAILED_WITHIN)
    if ids := _ids(failed):
        yield Problem(
            AREA,
            f"{numbered('Upload', ids)}: failed within the last day.",
            "The scan's answer has the reason in `failure`; send the reports again when it is "
            "mended.",
        )


def _ids(uploads: QuerySet[Upload]) -> list[int]:
    return list(uploads.order_by().values_list("pk", flat=True))
