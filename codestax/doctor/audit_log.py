"""The audit log's ends: a cheap look at what `manage.py audit verify` reads as a whole."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from audit import services
from audit.chains import newest_checkpoint
from audit.models import AuditCheckpoint, AuditHead, AuditLogSaaS
from codestax.doctor.problem import Problem, numbered

AREA = "audit log"
# Workers sign once an hour.
SIGNED_WITHIN = timedelta(hours=3)
_VERIFY = "Run `manage.py audit verify`: it names the first bad entry."


def problems() -> Iterator[Problem]:
    heads = list(AuditHead.objects.all())
    yield from _of_chains(heads, _ends_elsewhere, "the log does not end where its head says")
    yield from _of_chains(heads, _is_cut, "a signed entry is not what was signed, or is gone")
    yield from _unsigned(heads)
    yield from _unchained()
    yield from _key()


def _of_chains(
    heads: list[AuditHead], is_broken: Callable[[AuditHead], bool], what: str
) -> Iterator[Problem]:
    if broken := [head.org for head in heads if is_broken(head)]:
        yield Problem(AREA, f"{numbered('Organization', broken)}: {what}.", _VERIFY)


def _ends_elsewhere(head: AuditHead) -> bool:
    newest = AuditLogSaaS.objects.in_chain(head.org).order_by("-seq").first()
    if newest is None:
        return head.seq > _dropped_through(head)
    return (newest.seq, bytes(newest.hash)) != (head.seq, bytes(head.hash))


def _is_cut(head: AuditHead) -> bool:
    """Whether the entry that the newest checkpoint ends with is another one, or gone."""
    signed = newest_checkpoint(head.org)
    if signed is None:
        return False
    entry = AuditLogSaaS.objects.in_chain(head.org).filter(seq=signed.last_seq).first()
    if entry is None:
        return signed.last_seq > head.seq or signed.last_seq > _dropped_through(head)
    return bytes(entry.hash) != bytes(signed.head)


def _unsigned(heads: list[AuditHead]) -> Iterator[Problem]:
    before = timezone.now() - SIGNED_WITHIN
    if late := [head.org for head in heads if _waits_for_signature(head, before)]:
        yield Problem(
            AREA,
            f"{numbered('Organization', late)}: entries of more than three hours ago are not "
            "signed.",
            "Start a worker, which signs once an hour, or run `manage.py audit checkpoint`.",
        )


def _waits_for_signature(head: AuditHead, before: datetime) -> bool:
    signed = newest_checkpoint(head.org)
    entries = AuditLogSaaS.objects.in_chain(head.org).filter(
        seq__gt=signed.last_seq if signed else 0
    )
    oldest = entries.order_by("seq").first()
    return oldest is not None and oldest.created_at < before


def _unchained() -> Iterator[Problem]:
    before = timezone.now() - SIGNED_WITHIN
    if AuditLogSaaS.objects.filter(seq=None, created_at__lt=before).exists():
        yield Problem(
            AREA,
            "Entries of more than three hours ago stand outside of their chain.",
            "Run `manage.py audit checkpoint`, which chains and signs them.",
        )


def _key() -> Iterator[Problem]:
    """A lost or mistaken key shows before somebody outside misses its signature."""
    newest = AuditCheckpoint.objects.order_by("-made_at", "-pk").first()
    key_id = services.signing_key().key_id
    if newest is not None and newest.key_id != key_id:
        yield Problem(
            AREA,
            f"AUDIT_SIGNING_KEY is {key_id}, and the newest checkpoint was signed by "
            f"{newest.key_id}.",
            "Where it was not changed on purpose, put the former key back; else run "
            "`manage.py audit checkpoint` and publish the new key's id.",
        )


def _dropped_through(head: AuditHead) -> int:
    return services.dropped_through(head.org)
