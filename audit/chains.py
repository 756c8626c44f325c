"""Reading whole chains: for checkpoints, for exports that can be verified, for the stream."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import CharField, F, Func, OuterRef, QuerySet, Subquery
from django.utils import timezone

from audit.domain.chain import GENESIS, VERSION, entry_record, moment_text
from audit.domain.ocsf import ocsf_event
from audit.models import AuditCheckpoint, AuditHead, AuditLogSaaS
from audit.verify import Chain

_BATCH = 1000
# As moment_text() has it; a million datetimes that are made and written again take seconds.
_MOMENT = Func(
    F("created_at"),
    template="""to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    output_field=CharField(),
)
_FIELDS = ("org", "seq", "action", "actor_email", "ip", "user_agent", "metadata", "moment")
_SEQ = _FIELDS.index("seq")


def chained_records(org: int, *, after: int = 0, through: int) -> Iterator[dict[str, Any]]:
    """Yield the entries of a chain by `seq`, with `id` and `hash`, in memory for one batch.

    Each batch is a query of its own, since a client may take its time: a cursor would hold its
    connection's snapshot for as long.
    """
    rows = _chain(org).order_by("seq").filter(seq__lte=through)
    values = rows.values_list(*_FIELDS, "id", "hash")
    batch = list(values.filter(seq__gt=after)[:_BATCH])
    while batch:
        yield from map(_record, batch)
        batch = list(values.filter(seq__gt=batch[-1][1])[:_BATCH])


def checkpoint_records(org: int, *, after: int = 0, through: int) -> Iterator[dict[str, Any]]:
    """Yield an organization's checkpoints by their end, in memory for one batch."""
    rows = AuditCheckpoint.objects.filter(org=org, last_seq__lte=through).order_by("last_seq")
    batch = list(rows.filter(last_seq__gt=after)[:_BATCH])
    while batch:
        for checkpoint in batch:
            yield checkpoint.record()
        batch = list(rows.filter(last_seq__gt=batch[-1].last_seq)[:_BATCH])


def newest_checkpoint(org: int, *, through: int | None = None) -> AuditCheckpoint | None:
    """The last one, of those that signed nothing newer than entry `through`."""
    rows = AuditCheckpoint.objects.filter(org=org).order_by("-last_seq")
    if through is not None:
        rows = rows.filter(last_seq__lte=through)
    found: AuditCheckpoint | None = rows.first()
    return found


def export_lines(org: int) -> Iterator[str]:
    """Yield a whole log as JSON lines that `audit/verify.py` reads.

    First what it is and where it ends, then its checkpoints, then its entries from the oldest on.
    """
    signed, head = ends(org)
    yield _line({"audit_log": _about(org) | {"complete": True} | _end(head)})
    for checkpoint in checkpoint_records(org, through=signed):
        yield _line({"checkpoint": checkpoint})
    yield from map(_line, chained_records(org, through=head.seq))


def selection_lines(
    org: int, entries: QuerySet[AuditLogSaaS], filters: dict[str, str]
) -> Iterator[str]:
    """Yield a part of a log, newest first; each entry with the hash that it follows."""
    signed, _ = ends(org)
    yield _line({"audit_log": _about(org) | {"complete": False, "filters": filters}})
    for checkpoint in checkpoint_records(org, through=signed):
        yield _line({"checkpoint": checkpoint})
    yield from map(_line, _selected(org, entries))


def ocsf_lines(org: int, *, after: int, limit: int) -> tuple[list[str], int]:
    """The events of the entries after a number, as JSON lines, and the number to go on from.

    Numbers are given under a lock that is held until the commit: whoever has seen an entry has
    seen, or can see, all before it. An id says no such thing, since it is taken earlier.
    """
    rows = _chain(org).filter(seq__gt=after).order_by("seq")
    found = list(rows.values_list(*_FIELDS, "id", "hash")[:limit])
    lines = [_line(ocsf_event(_record(row))) for row in found]
    return lines, found[-1][_SEQ] if found else after


def verify_chain(org: int) -> str:
    """Verify a log in the database; return what holds, or raise BrokenLogError."""
    signed, head = ends(org)
    log = Chain(org, list(checkpoint_records(org, through=signed)))
    log.add_all(chained_records(org, through=head.seq))
    end = _end(head)
    return log.finish(end["last_seq"], end["head"])


def _selected(org: int, entries: QuerySet[AuditLogSaaS]) -> Iterator[dict[str, Any]]:
    before = AuditLogSaaS.objects.in_chain(org).filter(seq=OuterRef("seq") - 1)
    rows = entries.in_chain(org).order_by("-seq")  # type: ignore[attr-defined]
    rows = rows.annotate(moment=_MOMENT, previous=Subquery(before.values("hash")[:1]))
    values = rows.values_list(*_FIELDS, "id", "hash", "previous")
    batch = list(values[:_BATCH])
    while batch:
        for row in batch:
            yield _record(row[:-1]) | {"previous": _previous(org, row[1], row[-1])}
        batch = list(values.filter(seq__lt=batch[-1][1])[:_BATCH])


def _previous(org: int, seq: int, found: Any) -> str:
    """The hash before an entry; before the first that retention left, a checkpoint has it."""
    if found is not None:
        return bytes(found).hex()
    end = AuditCheckpoint.objects.filter(org=org, last_seq=seq - 1).first()
    return bytes(end.head if end else GENESIS).hex()


def _record(row: tuple[Any, ...]) -> dict[str, Any]:
    org, seq, action, email, ip, agent, metadata, moment, entry_id, digest = row
    record = entry_record(
        org=org,
        seq=seq,
        action=action,
        actor_email=email,
        ip=ip,
        user_agent=agent,
        metadata=metadata,
        created_at=moment,
    )
    record["id"], record["hash"] = entry_id, bytes(digest).hex()
    return record


def _chain(org: int) -> QuerySet[Any]:
    found: QuerySet[Any] = AuditLogSaaS.objects.in_chain(org).annotate(moment=_MOMENT)
    return found


def ends(org: int) -> tuple[int, AuditHead]:
    """Where the checkpoints end and, read later so that it is not before that, the entries."""
    checkpoint = newest_checkpoint(org)
    head = AuditHead.objects.filter(org=org).first() or AuditHead(org=org)
    return (checkpoint.last_seq if checkpoint else 0), head


def _about(org: int) -> dict[str, Any]:
    return {"v": VERSION, "org": org, "exported_at": moment_text(timezone.now())}


def _end(head: AuditHead) -> dict[str, Any]:
    return {"last_seq": head.seq, "head": bytes(head.hash).hex()}


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
