"""Logs with entries and checkpoints, and the ways to tamper with one in the database."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from audit import services
from audit.chains import export_lines
from audit.domain.chain import GENESIS
from audit.models import AuditCheckpoint, AuditLogSaaS
from audit.verify import entry_hash

ORG = 77
AT = datetime(2026, 4, 26, 12, tzinfo=UTC)
_GUARDED = "audit_auditlogsaas", "audit_audithead", "audit_auditcheckpoint", "audit_audittrim"


def write(count=1, *, org=ORG, **fields):
    """Append entries; the newest of them."""
    for number in range(count):
        entry = AuditLogSaaS.objects.create(
            org=org,
            action="SIGN_IN",
            actor_email=f"user{number}@acme.example",
            ip="203.0.113.7",
            user_agent="curl/8.5",
            metadata={"number": number, "changes": []},
            **{"created_at": AT + timedelta(seconds=number)} | fields,
        )
    return entry


def sign(org=ORG, *, now=None):
    """Sign what is new; the newest checkpoint, as it is published."""
    services.make_checkpoints(now=now or timezone.now())
    return AuditCheckpoint.objects.filter(org=org).last().record()


def exported(org=ORG):
    return list(export_lines(org))


@contextmanager
def unguarded():
    """What somebody with the database's superuser may do."""
    with connection.cursor() as cursor:
        for table in _GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor


def tamper(sql, *values):
    with unguarded() as cursor:
        cursor.execute(sql, values)


def edit(seq):
    tamper("UPDATE audit_auditlogsaas SET actor_email = 'eve@evil' WHERE seq = %s", seq)


def delete(seq):
    tamper("DELETE FROM audit_auditlogsaas WHERE seq = %s", seq)


def swap(one, other):
    """Exchange what two entries say; the hashes stay where they are."""
    tamper(
        "UPDATE audit_auditlogsaas AS entry SET metadata = other.metadata, "
        "actor_email = other.actor_email, created_at = other.created_at "
        "FROM audit_auditlogsaas AS other "
        "WHERE (entry.seq, other.seq) IN ((%s, %s), (%s, %s)) AND entry.org_id = other.org_id",
        *(one, other, other, one),
    )


def cut_tail(after, org=ORG):
    """Delete the newest entries and set the head back, as somebody who knows the tables would."""
    kept = AuditLogSaaS.objects.get(org=org, seq=after)
    tamper("DELETE FROM audit_auditlogsaas WHERE org_id = %s AND seq > %s", org, after)
    tamper(
        "UPDATE audit_audithead SET seq = %s, hash = %s WHERE org_id = %s",
        *(after, bytes(kept.hash), org),
    )


def rewrite(org=ORG):
    """Change the actor of every entry and chain them all again: each hash fits its entry."""
    head = GENESIS
    for entry in AuditLogSaaS.objects.filter(org=org).order_by("seq"):
        entry.actor_email = "eve@evil"
        head = entry_hash(head, entry.record())
        tamper(
            "UPDATE audit_auditlogsaas SET actor_email = %s, hash = %s WHERE id = %s",
            *(entry.actor_email, head, entry.pk),
        )
    tamper("UPDATE audit_audithead SET hash = %s WHERE org_id = %s", head, org)


def drop_checkpoints():
    tamper("DELETE FROM audit_auditcheckpoint")
