"""The audit log: who did what, from where, and what it changed; and what proves it."""

from typing import Any, ClassVar, NoReturn

from django.db import connection, models, transaction
from django.utils import timezone

from audit.domain.chain import GENESIS, SYSTEM_ORG, VERSION, entry_hash, entry_record, inet_text
from audit.domain.chain import moment_text as text_of
from audit.domain.signing import STATEMENT_TYPE
from audit.ends import append, locked_end, move_end
from audit.querysets import AppendOnlyError, AppendOnlyQuerySet, AuditLogQuerySet


class AuditHead(models.Model):
    """Where the chain of an organization ends: the number and the hash of its newest entry.

    Its lock puts entries in one order. It is held from an act's entry to its commit, so entries
    become visible in the order of `seq`, and a transaction over several organizations takes the
    locks by ascending id.
    """

    org = models.BigIntegerField(primary_key=True, db_column="org_id")  # 0 for no organization
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=GENESIS)

    class Meta:
        ordering: ClassVar = ["org"]

    def __str__(self) -> str:
        return f"entry {self.seq} of organization {self.org}"


class AuditLogSaaS(models.Model):
    """One accepted change. Rows are only ever added; a trigger refuses everything else.

    There is no foreign key to the organization or the actor: an entry outlives both.
    `seq` counts an organization's entries from 1 without a gap, `hash` chains them. Both are null
    in an entry that a former release wrote while it was replaced, until the next checkpoint.
    """

    org = models.BigIntegerField(null=True, db_column="org_id")
    action = models.CharField(max_length=64)
    actor_email = models.CharField(max_length=254)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True, default="")
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    seq = models.BigIntegerField(null=True)
    hash = models.BinaryField(null=True)

    objects = AuditLogQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log entries"
        indexes: ClassVar = [
            models.Index(fields=["org", "-id"], name="audit_log_by_org"),
            models.Index(fields=["org", "action", "-id"], name="audit_log_by_action"),
            models.Index(
                fields=["id"], name="audit_log_unchained", condition=models.Q(seq__isnull=True)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "seq"], name="audit_entry_seq_of_org"),
            models.UniqueConstraint(
                fields=["seq"],
                name="audit_entry_seq_of_none",
                condition=models.Q(org__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_email}"

    def save(self, *args: Any, **options: Any) -> None:
        """Append the entry to its organization's chain, whose end stays locked until the commit.

        An entry that stands outside of its chain joins it; any other one is never saved again, nor
        is one made with an id of its own.
        """
        if (self.pk if self._state.adding else self.seq) is not None:
            raise AppendOnlyError
        self.ip = inet_text(self.ip)
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            seq, previous = locked_end(cursor, self._chain)
            self.seq = seq + 1
            self.hash = entry_hash(previous, self.record())
            if self._state.adding:
                self.pk = append(cursor, self._chain, self._columns())
                self._state.adding = False
            else:
                super().save(update_fields=["seq", "hash"])
                move_end(cursor, self._chain, self.seq, self.hash)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnlyError

    def record(self) -> dict[str, Any]:
        """What the entry's hash covers."""
        return entry_record(
            org=self.org,
            seq=self.seq or 0,
            action=self.action,
            actor_email=self.actor_email,
            ip=self.ip,
            user_agent=self.user_agent,
            metadata=self.metadata,
            created_at=text_of(self.created_at),
        )

    @property
    def _chain(self) -> int:
        return self.org or SYSTEM_ORG

    def _columns(self) -> dict[str, Any]:
        fields = [field for field in self._meta.concrete_fields if not field.primary_key]
        return {str(field.column): getattr(self, field.attname) for field in fields}


class AuditCheckpoint(models.Model):
    """A signed statement on the entries `first_seq` to `last_seq` and, by their chain, all before.

    Each carries the signature of the one before. It stays when retention drops its entries.
    """

    org = models.BigIntegerField(db_column="org_id")  # 0 for no organization
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    head = models.BinaryField()  # the hash of entry last_seq
    merkle_root = models.BinaryField()  # RFC 6962, over the hashes of its entries
    previous = models.BinaryField()  # the signature before, empty in the first
    made_at = models.DateTimeField(default=timezone.now)
    key_id = models.CharField(max_length=16)
    public_key = models.BinaryField()
    signature = models.BinaryField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["org", "last_seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "first_seq"], name="audit_checkpoint_first"),
            models.UniqueConstraint(fields=["org", "last_seq"], name="audit_checkpoint_last"),
            models.CheckConstraint(
                condition=models.Q(last_seq__gte=models.F("first_seq")),
                name="audit_checkpoint_has_entries",
            ),
        ]

    def __str__(self) -> str:
        return f"entries {self.first_seq} to {self.last_seq} of organization {self.org}"

    def record(self) -> dict[str, Any]:
        """The checkpoint as it is published: what was signed, the public key and the signature."""
        return {
            "v": VERSION,
            "type": STATEMENT_TYPE,
            "org": self.org,
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "head": bytes(self.head).hex(),
            "merkle_root": bytes(self.merkle_root).hex(),
            "previous": bytes(self.previous).hex(),
            "made_at": text_of(self.made_at),
            "key_id": self.key_id,
            "public_key": bytes(self.public_key).hex(),
            "signature": bytes(self.signature).hex(),
        }


class AuditTrim(models.Model):
    """That retention dropped an organization's entries up to `through_seq`, a checkpoint's end.

    A row here is what lets the database delete them; only `audit_trim()` writes one.
    """

    org = models.BigIntegerField(db_column="org_id")  # 0 for no organization
    through_seq = models.BigIntegerField()
    trimmed_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["org", "through_seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "through_seq"], name="audit_trim_once"),
        ]

    def __str__(self) -> str:
        return f"entries up to {self.through_seq} of organization {self.org}"
