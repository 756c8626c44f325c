from django.db import migrations

# Every table with an org_id. Rows without one belong to the service itself: they are seen and
# written under the id 0, which no organization has.
TABLES = ("audit_auditlogsaas",)
_ORG = "(SELECT NULLIF(current_setting('app.org_id', true), '')::bigint)"
_WHOSE = f"org_id = {_ORG} OR (org_id IS NULL AND {_ORG} = 0)"


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("orgs", "0010_row_level_security"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                f"SELECT codestax_isolate('{table}', $${_WHOSE}$$)",
                f"SELECT codestax_open('{table}')",
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON audit_auditlogsaas FROM codestax_app, codestax_staff",
            "GRANT UPDATE, DELETE ON audit_auditlogsaas TO codestax_app, codestax_staff",
        ),
    ]
