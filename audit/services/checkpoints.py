"""Signing what the log holds, so that somebody outside can tell later whether it still does."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from audit.chains import chained_records, newest_checkpoint
from audit.domain.chain import GENESIS
from audit.domain.signing import SigningKey
from audit.models import AuditCheckpoint, AuditHead, AuditLogSaaS
from audit.verify import MerkleTree, entry_hash

logger = logging.getLogger(__name__)

MOST_ENTRIES = 100_000  # of one checkpoint; what is more gets another one


class NotWholeError(Exception):
    """The chain does not hold: nothing of it is signed from entry `seq` on."""

    def __init__(self, org: int, seq: int) -> None:
        super().__init__(
            f"The audit log of organization {org} is not whole at entry {seq}: no checkpoint is "
            "made of it. Look at `manage.py audit verify`."
        )
        self.seq = seq


def signing_key() -> SigningKey:
    """The key of AUDIT_SIGNING_KEY; ImproperlyConfigured where it is none."""
    try:
        return SigningKey.parse(settings.AUDIT_SIGNING_KEY)
    except (ValueError, TypeError):
        # Without the cause, which may hold a part of the key.
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEY must be an Ed25519 key: PEM without a password, or base64 of its "
            "32 bytes (`openssl genpkey -algorithm ed25519` or `openssl rand -base64 32`)."
        ) from None


def make_checkpoints(
    *, now: datetime, older_than: timedelta | None = None
) -> list[AuditCheckpoint]:
    """Sign the new entries of every organization; of those with a checkpoint younger than
    `older_than` none.

    Each range is verified before. A log that is not whole is reported and the others go on.
    """
    _chain_stragglers()
    made = []
    signed_before = None if older_than is None else now - older_than
    for org in unsigned_chains(signed_before):
        try:
            made += _sign(org, now)
        except NotWholeError as error:
            logger.error("%s", error)
    return made


def unsigned_chains(signed_before: datetime | None = None) -> list[int]:
    """The chains with entries that no checkpoint has signed, of those with an old one or none."""
    newest = AuditCheckpoint.objects.filter(org=OuterRef("org")).order_by("-last_seq")
    heads = AuditHead.objects.annotate(
        signed=Coalesce(Subquery(newest.values("last_seq")[:1]), 0),
        signed_at=Subquery(newest.values("made_at")[:1]),
    ).filter(seq__gt=F("signed"))
    if signed_before is not None:
        heads = heads.filter(Q(signed_at=None) | Q(signed_at__lte=signed_before))
    return list(heads.values_list("org", flat=True))


def _sign(org: int, now: datetime) -> list[AuditCheckpoint]:
    """Sign what is new of one organization, in as many checkpoints as it takes."""
    made: list[AuditCheckpoint] = []
    end = AuditHead.objects.get(org=org).seq
    previous = newest_checkpoint(org)
    while (previous.last_seq if previous else 0) < end:
        previous = _next_checkpoint(org, previous, end, now)
        try:
            with transaction.atomic():
                previous.save()
        except IntegrityError:
            break  # another process has just made it
        made.append(previous)
    return made


def _next_checkpoint(
    org: int, previous: AuditCheckpoint | None, end: int, now: datetime
) -> AuditCheckpoint:
    signed = previous.last_seq if previous else 0
    head, root, last_seq = _verified(org, previous, min(end, signed + MOST_ENTRIES))
    key = signing_key()
    made = AuditCheckpoint(
        org=org,
        first_seq=signed + 1,
        last_seq=last_seq,
        head=head,
        merkle_root=root,
        previous=bytes(previous.signature) if previous else b"",
        made_at=now,
        key_id=key.key_id,
        public_key=key.public,
    )
    made.signature = key.sign(made.record())
    return made


def _verified(org: int, previous: AuditCheckpoint | None, through: int) -> tuple[bytes, bytes, int]:
    """The last hash, the Merkle root and the last number of the entries after `previous`."""
    seq = previous.last_seq if previous else 0
    head, tree = bytes(previous.head) if previous else GENESIS, MerkleTree()
    for record in chained_records(org, after=seq, through=through):
        head, seq = entry_hash(head, record), seq + 1
        if (record["seq"], record["hash"]) != (seq, head.hex()):
            raise NotWholeError(org, seq)
        tree.add(head)
    if seq != through:
        raise NotWholeError(org, seq + 1)
    return head, tree.root(), seq


def _chain_stragglers() -> None:
    """Chain what a former release wrote after the entries there were had been chained."""
    for entry in AuditLogSaaS.objects.filter(seq=None).order_by("pk").iterator():
        entry.save()
