"""Uploads that a worker takes in: received, claimed under a lease, stored or failed.

The row in scans_upload is the truth, the queue only wakes workers. Whatever is lost (a worker, a
web process, the whole queue), an upload stands there unfinished until its lease has run out and
`wake_waiting` calls for a worker again.
"""

import gzip
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

from django.db import close_old_connections, connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from codestax.common.acts import act
from codestax.common.errors import DomainError, NotFoundError
from codestax.common.failpoints import reached
from codestax.common.tenancy import across_organizations, acting_for
from scans import queue
from scans.domain.findings import ReportLimits
from scans.domain.unpacking import is_gzip
from scans.models import Repository, Scan, Upload, UploadBody
from scans.services.commits import CommitFacts, lock, scan_of
from scans.services.ingestion import Reports, read, store

LEASE = timedelta(seconds=60)
RENEWAL_SECONDS = 15.0
MOST_ATTEMPTS = 3
# A finished upload is of use to who asks what became of it, for so long.
KEPT = timedelta(days=30)
_NO_MEMORY = (
    "The report is too large or too complex for a worker's memory; upload it in parts, one for "
    "each directory or category."
)

logger = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Another worker holds the upload now: what this one did must not be stored."""


@dataclass(frozen=True)
class Sent:
    """The reports of a request as they were sent, gzip or not, and what was said of them."""

    bodies: Sequence[bytes]
    declared_format: str = ""
    covers: frozenset[str] = frozenset()


def receive(
    *, repository: Repository, commit: CommitFacts, sent: Sent, actor_email: str, now: datetime
) -> Scan:
    """Keep an upload for a worker; return the scan that will hold what it reports."""
    packed = [_packed(body) for body in sent.bodies]
    with act(
        "SCAN_UPLOADED",
        organization_id=repository.org_id,
        repository=repository.name,
        branch=commit.branch,
        commit=commit.commit,
    ) as this:
        lock(repository)
        scan = scan_of(repository, commit, now)
        upload = Upload.objects.create(
            org_id=scan.org_id,
            scan=scan,
            facts=commit.facts,
            declared_format=sent.declared_format,
            covers=sorted(sent.covers),
            actor_email=actor_email,
            received_at=now,
        )
        UploadBody.objects.bulk_create(
            UploadBody(org_id=scan.org_id, upload=upload, content=body) for body in packed
        )
        if scan.status == Scan.Status.FAILED:
            scan.status = Scan.Status.RECEIVED
            scan.save(update_fields=["status"])
        queue.wake(upload.pk)
        this.metadata.update(scan=scan.pk, upload=upload.pk)
        reached("upload.receiving")
    reached("upload.received")
    return scan


def take_in(upload_id: int, *, worker: str, limits: ReportLimits) -> None:
    """Do the work of an upload, if it is free: parse, store, or note why that cannot be done.

    An error that another attempt may not meet (a lost connection) is raised, with the upload free
    for that attempt. Raises MemoryError for an upload that has failed for want of memory.
    """
    org_id = _claim(upload_id, worker)
    if org_id is None:
        return
    reached("upload.claimed")
    with acting_for(org_id):
        _take_in(Upload.objects.select_related("scan__repository").get(pk=upload_id), limits)


def _take_in(upload: Upload, limits: ReportLimits) -> None:
    try:
        reason = _reason_to_give_up(upload) or _tried(upload, limits)
        if reason:
            _fail(upload, reason)
    except LeaseLostError:
        logger.warning("Upload %s went on at another worker.", upload.pk)
    except NotFoundError:
        logger.warning("The repository of upload %s was deleted.", upload.pk)
    except Exception:
        _release(upload)
        raise
    else:
        if reason is _NO_MEMORY:
            raise MemoryError


def wake_waiting() -> int:
    """See that a worker is called for each upload that none holds; return their number."""
    with across_organizations():
        free = set(Upload.objects.free().values_list("pk", flat=True))
    for upload_id in sorted(free - queue.called()):
        queue.wake(upload_id)
    return len(free)


def release_all_of(worker: str) -> None:
    """Free what a worker held that is known to be gone, without waiting for its leases."""
    with across_organizations():
        Upload.objects.unfinished().filter(worker=worker).update(lease_until=None)


def forget_finished(now: datetime) -> None:
    """Delete what nobody will ask for any more."""
    with across_organizations():
        Upload.objects.filter(finished_at__lte=now - KEPT).delete()


def _claim(upload_id: int, worker: str) -> int | None:
    """Take an upload into this worker's hands and return its organization, if it is free."""
    with across_organizations():
        claimed = (
            Upload.objects.free()
            .filter(pk=upload_id)
            .update(
                status=Upload.Status.PARSING,
                worker=worker,
                attempts=F("attempts") + 1,
                lease_until=Now() + LEASE,
            )
        )
        found = Upload.objects.filter(pk=upload_id).values_list("org_id", flat=True)
        return found.first() if claimed else None


def _reason_to_give_up(upload: Upload) -> str:
    if upload.attempts <= MOST_ATTEMPTS:
        return ""
    return (
        f"Reading this report ended its worker {MOST_ATTEMPTS} times; it may be too large or too "
        "complex. Upload it in parts, one for each directory or category."
    )


def _tried(upload: Upload, limits: ReportLimits) -> str:
    """Do the work, or return why it cannot be done."""
    try:
        with _renewed_lease(upload):
            _work(upload, limits)
    except NotFoundError:
        raise
    except DomainError as error:
        return error.message
    except MemoryError:
        pass  # the traceback keeps all that was read alive, and goes with this block
    else:
        return ""
    return _NO_MEMORY


def _work(upload: Upload, limits: ReportLimits) -> None:
    scan = upload.scan
    reports = Reports.of(
        [bytes(body.content) for body in upload.bodies.all()],
        limits,
        upload.declared_format,
        frozenset(upload.covers),
    )
    reached("upload.parsing")
    reached(f"upload.parsing:{upload.pk}")
    reading = read(scan.repository, scan.branch, reports)
    reached("upload.parsed")
    if not Upload.objects.held_like(upload).update(status=Upload.Status.STORING):
        raise LeaseLostError
    commit = CommitFacts(branch=scan.branch, commit=scan.commit, facts=upload.facts)
    now = timezone.now()
    with act("SCAN_STORED", organization_id=upload.org_id, actor_email=upload.actor_email or None):
        store(repository=scan.repository, commit=commit, reading=reading, now=now, scan=scan)
        _finish(upload, Upload.Status.COMPLETED)
        reached("upload.committing")
    reached("upload.committed")


def _finish(upload: Upload, status: Upload.Status, reason: str = "") -> None:
    ended = Upload.objects.held_like(upload).update(
        status=status, reason=reason, finished_at=Now(), lease_until=None
    )
    if not ended:
        raise LeaseLostError
    UploadBody.objects.filter(upload=upload).delete()


def _fail(upload: Upload, reason: str) -> None:
    """Note that nothing of the upload can be stored. The scan keeps what others brought."""
    with act(
        "SCAN_FAILED",
        organization_id=upload.org_id,
        actor_email=upload.actor_email or None,
        scan=upload.scan_id,
        upload=upload.pk,
        reason=reason,
    ):
        lock(upload.scan.repository)
        _finish(upload, Upload.Status.FAILED, reason)
        scan = Scan.objects.get(pk=upload.scan_id)
        others_wait = Upload.objects.unfinished().filter(scan=scan).exists()
        if scan.status == Scan.Status.RECEIVED and not others_wait:
            scan.status = Scan.Status.FAILED
            scan.save(update_fields=["status"])


def _release(upload: Upload) -> None:
    """Let another attempt begin at once, if the database can be told so."""
    try:
        connection.close_if_unusable_or_obsolete()
        Upload.objects.held_like(upload).update(status=Upload.Status.RECEIVED, lease_until=None)
    except Exception:
        logger.exception("The lease of upload %s has to run out.", upload.pk)


@contextmanager
def _renewed_lease(upload: Upload) -> Iterator[None]:
    """Renew the lease beside the work, on a connection of its own."""
    is_over = Event()
    renewal = Thread(target=_renew_until, args=(upload, is_over), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        is_over.set()
        renewal.join()


def _renew_until(upload: Upload, is_over: Event) -> None:
    while not is_over.wait(RENEWAL_SECONDS):
        try:
            close_old_connections()
            with acting_for(upload.org_id):  # a thread begins with no scope
                Upload.objects.held_like(upload).update(lease_until=Now() + LEASE)
        except Exception:
            logger.exception("The lease of upload %s could not be renewed.", upload.pk)
    connection.close()


def _packed(body: bytes) -> bytes:
    return body if is_gzip(body) else gzip.compress(body, compresslevel=1)
