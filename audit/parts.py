"""Verifying a log part by part, so that no request takes long: one goes on where another ended."""

from dataclasses import dataclass
from itertools import islice

from audit.chains import chained_records, checkpoint_records, ends, newest_checkpoint
from audit.models import AuditHead, AuditLogSaaS
from audit.verify import (
    GENESIS,
    TRIMMED,
    Begin,
    BrokenLogError,
    Chain,
    Record,
    changed,
    check_checkpoints,
    missing,
)
from codestax.common.errors import DomainError

MOST_ENTRIES = 10_000
MOST_CHECKPOINTS = 1_000  # of entries that retention has dropped: they are all that is left


@dataclass(frozen=True)
class Part:
    """What was looked at and what came out, in a sentence.

    `last_seq` is below `first_seq` where nothing was. `next_after` is the number that the next part
    follows; None at the log's end, and where it does not hold: from `first_bad_seq` on.
    """

    holds: bool
    detail: str
    first_seq: int
    last_seq: int
    signed_through: int = 0
    next_after: int | None = None
    first_bad_seq: int | None = None


def verify_part(org: int, *, after: int) -> Part:
    """Look at what follows entry `after`; DomainError where the log ends before that.

    It is what `audit verify` looks at, but for what the parts before have shown: a log holds when
    all of its parts do.
    """
    dropped = _dropped_through(org)
    try:
        return _part(org, after, dropped)
    except BrokenLogError as error:
        if dropped != _dropped_through(org):  # retention came in between, and nothing is wrong
            return verify_part(org, after=after)
        return Part(False, str(error), after + 1, after, first_bad_seq=error.seq)


def _part(org: int, after: int, dropped: int) -> Part:
    signed_through, head = ends(org)
    if max(after, dropped, signed_through) > head.seq:
        if after > max(dropped, signed_through):
            raise DomainError(f"The log ends with entry {head.seq}.", field="after")
        raise missing(head.seq + 1, f"the log has reached to entry {max(dropped, signed_through)}")
    if after < dropped:
        return _dropped_part(org, after, dropped)
    return _entries_part(org, after, head)


def _dropped_part(org: int, after: int, dropped: int) -> Part:
    """Of entries that retention has dropped: that their checkpoints hold together."""
    before = _checkpoint_before(org, after)
    begin = before["last_seq"] if before else 0
    signed = checkpoint_records(org, after=begin, through=dropped)
    found = list(islice(signed, MOST_CHECKPOINTS))
    check_checkpoints(org, found, set(), before)
    end = found[-1]["last_seq"] if found else begin
    if end < dropped and len(found) < MOST_CHECKPOINTS:
        raise missing(end + 1, f"the log begins with entry {dropped + 1}")
    if end == dropped and not _says_so(org, dropped):
        raise missing(1, f"no {TRIMMED} says that retention dropped it")
    detail = f"Retention dropped entries {begin + 1} to {end}; their checkpoints hold together."
    return Part(True, detail, begin + 1, end, signed_through=end, next_after=end)


def _entries_part(org: int, after: int, head: AuditHead) -> Part:
    end = min(after + MOST_ENTRIES, head.seq)
    before = _checkpoint_before(org, after)
    signed = list(checkpoint_records(org, after=after, through=end))
    begin = Begin(after, _hash_of(org, after, before), before)
    log = Chain(org, signed, begin=begin)
    log.add_all(chained_records(org, after=after, through=end))
    if log.first_seq != begin.seq + 1:
        raise missing(begin.seq + 1, f"the log begins with entry {log.first_seq}")
    if log.seq < end:
        raise missing(log.seq + 1, f"the log has reached to entry {head.seq}")
    if end == head.seq and log.hash != bytes(head.hash):
        raise changed(end)
    return Part(
        True,
        f"Entries {after + 1} to {end} hold together." if end > after else "Nothing is newer.",
        after + 1,
        end,
        signed_through=max((one["last_seq"] for one in (before, *signed) if one), default=0),
        next_after=end if end < head.seq else None,
    )


def _hash_of(org: int, seq: int, before: Record | None) -> bytes:
    """The hash of entry `seq`: as it was signed, or as the part before has shown it."""
    if seq == 0:
        return GENESIS
    if before is not None and before["last_seq"] == seq:
        return bytes.fromhex(before["head"])
    found = AuditLogSaaS.objects.in_chain(org).filter(seq=seq).values_list("hash", flat=True)
    if not found:
        raise missing(seq, "the log goes on after it")
    return bytes(found[0])


def _dropped_through(org: int) -> int:
    """The number before the oldest entry that there is."""
    rows = AuditLogSaaS.objects.in_chain(org).exclude(seq=None).order_by("seq")
    oldest: int | None = rows.values_list("seq", flat=True).first()
    return oldest - 1 if oldest is not None else 0


def _checkpoint_before(org: int, after: int) -> Record | None:
    found = newest_checkpoint(org, through=after)
    return found.record() if found else None


def _says_so(org: int, dropped: int) -> bool:
    rows = AuditLogSaaS.objects.in_chain(org).filter(action=TRIMMED)
    return rows.filter(metadata__through_seq=dropped).exists()
