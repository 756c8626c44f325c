from django.db import migrations

TABLES = (
    "compliance_frameworkselection",
    "compliance_controlselection",
    "compliance_customframework",
    "compliance_policyversion",
)

# Each table in a transaction of its own, which waits for no other one: who holds a table and waits
# for the next keeps every request from the first, and meets those that use both in a deadlock. What
# is done is passed by: a run that gave way or was broken off goes on, in either direction. It is
# looked at under the lock, since the session of a run that was killed may still be at it.
_ISOLATE = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
SELECT codestax_isolate('{table}') FROM pg_class
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
        ("compliance", "0002_policy_versions_never_change"),
        ("orgs", "0004_row_level_security"),
    ]

    operations = [
        *(
            migrations.RunSQL(_ISOLATE.format(table=table), _OPEN.format(table=table))
            for table in TABLES
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON compliance_policyversion FROM codestax_app, codestax_staff",
            "GRANT UPDATE, DELETE ON compliance_policyversion TO codestax_app, codestax_staff",
        ),
    ]
