"""Dropping old entries: whole checkpointed ranges, whose checkpoints stay."""

from datetime import datetime, timedelta

from django.db import connection

from audit.models import AuditCheckpoint, AuditTrim
from codestax.common.acts import act


def trim(*, org: int, days: int, now: datetime) -> int:
    """Drop an organization's entries that were signed more than `days` ago; return how many.

    What was dropped is an entry of its own, in the same transaction.
    """
    checkpoints = AuditCheckpoint.objects.filter(org=org).order_by("-last_seq")
    old = checkpoints.filter(made_at__lt=now - timedelta(days=days)).first()
    through = old.last_seq if old else 0
    if through <= dropped_through(org):
        return 0
    with act("AUDIT_LOG_TRIMMED", organization_id=org or None, through_seq=through) as this:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_trim(%s, %s)", [org, through])
            dropped = int(cursor.fetchone()[0])
        this.metadata |= {"dropped": dropped, "days": days}
    return dropped


def dropped_through(org: int) -> int:
    """The number of the last entry that retention has dropped; 0 where it has dropped none."""
    trimmed = AuditTrim.objects.filter(org=org).order_by("-through_seq").first()
    return trimmed.through_seq if trimmed else 0
