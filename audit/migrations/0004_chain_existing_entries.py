from datetime import UTC
from hashlib import sha256

import rfc8785
from django.db import migrations, transaction

_BATCH = 1000
_EXACT = 2**53 - 1  # beyond it a JSON number is the nearest double (RFC 8785, 3.2.2.3)
_CHAIN = """
UPDATE audit_auditlogsaas AS entry SET seq = chained.seq, hash = chained.hash
FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS chained (id, seq, hash)
WHERE entry.id = chained.id
"""


def chain_entries(apps, schema_editor):
    """Chain each organization's entries in the order of their ids; those that are chained stay.

    Each batch is a transaction of its own, so that acts wait for one batch at the most.
    """
    AuditLogSaaS = apps.get_model("audit", "AuditLogSaaS")
    unchained = AuditLogSaaS.objects.filter(seq=None)
    for (org,) in list(unchained.order_by("org").values_list("org").distinct()):
        last_id = 0
        while last_id is not None:
            with transaction.atomic(using=schema_editor.connection.alias):
                last_id = _chain_batch(apps, schema_editor, org, last_id)


def _chain_batch(apps, schema_editor, org, last_id):
    """Chain the entries after `last_id`; return the last one's id, None where there are none."""
    AuditLogSaaS = apps.get_model("audit", "AuditLogSaaS")
    AuditHead = apps.get_model("audit", "AuditHead")
    head, _ = AuditHead.objects.select_for_update().get_or_create(org=org or 0)
    rows = AuditLogSaaS.objects.filter(org=org, seq=None, id__gt=last_id).order_by("id")
    chained = []
    for entry in rows[:_BATCH]:
        head.seq += 1
        head.hash = sha256(bytes(head.hash) + rfc8785.dumps(_record(entry, head.seq))).digest()
        chained.append((entry.id, head.seq, head.hash))
    if not chained:
        return None
    head.save()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_CHAIN, [list(column) for column in zip(*chained)])
    return chained[-1][0]


def _record(entry, seq):
    return {
        "v": 1,
        "org": entry.org or 0,
        "seq": seq,
        "action": entry.action,
        "actor_email": entry.actor_email,
        "ip": entry.ip,
        "user_agent": entry.user_agent,
        "metadata": _as_json(entry.metadata),
        "created_at": entry.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def _as_json(value):
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    is_large = isinstance(value, int) and abs(value) > _EXACT
    return float(value) if is_large else value


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("audit", "0003_index_chain"),
    ]

    # Backwards there is nothing to do: the columns go with the migration that made them.
    operations = [
        migrations.RunPython(chain_entries, migrations.RunPython.noop),
    ]
