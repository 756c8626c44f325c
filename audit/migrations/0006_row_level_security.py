from django.db import migrations

# Entries without an organization belong to the service itself: they are seen and written under the
# id 0, which no organization has. The other tables name it.
_ORG = "(SELECT NULLIF(current_setting('app.org_id', true), '')::bigint)"
_WHOSE = f"org_id = {_ORG} OR (org_id IS NULL AND {_ORG} = 0)"


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_append_only"),
        ("orgs", "0004_row_level_security"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"SELECT codestax_isolate('audit_auditlogsaas', $${_WHOSE}$$)",
            "SELECT codestax_open('audit_auditlogsaas')",
        ),
        *(
            migrations.RunSQL(
                f"SELECT codestax_isolate('{table}')", f"SELECT codestax_open('{table}')"
            )
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
