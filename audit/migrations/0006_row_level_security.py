from django.db import migrations

# Entries without an organization belong to the service itself: they are seen and written under the
# id 0, which no organization has. The other tables name it.
_ORG = "(SELECT NULLIF(current_setting('app.org_id', true), '')::bigint)"
_WHOSE = f"org_id = {_ORG} OR (org_id IS NULL AND {_ORG} = 0)"

# Each table in a transaction of its own, which waits for no other one: who holds a table and waits
# for the next keeps every request from the first, and meets those that use both in a deadlock. What
# is done is passed by: a run that gave way or was broken off goes on, in either direction. It is
# looked at under the lock, since the session of a run that was killed may still be at it.
_ISOLATE = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
SELECT codestax_isolate('{table}'{whose}) FROM pg_class
WHERE oid = '{table}'::regclass AND NOT relforcerowsecurity;
"""
_OPEN = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
SELECT codestax_open('{table}') FROM pg_class
WHERE oid = '{table}'::regclass AND relrowsecurity;
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("audit", "0005_append_only"),
        ("orgs", "0004_row_level_security"),
    ]

    operations = [
        migrations.RunSQL(
            _ISOLATE.format(table="audit_auditlogsaas", whose=f", $${_WHOSE}$$"),
            _OPEN.format(table="audit_auditlogsaas"),
        ),
        *(
            migrations.RunSQL(_ISOLATE.format(table=table, whose=""), _OPEN.format(table=table))
            for table in ("audit_audithead", "audit_auditcheckpoint", "audit_audittrim")
        ),
        # Again, since the roles were granted every table in the meantime. Dropping old entries is
        # the upkeep's.
        migrations.RunSQL(
            """
            SELECT audit_restrict('codestax_app');
            SELECT audit_restrict('codestax_staff');
            REVOKE EXECUTE ON FUNCTION audit_trim(bigint, bigint) FROM codestax_app;
            """,
            migrations.RunSQL.noop,
        ),
    ]
