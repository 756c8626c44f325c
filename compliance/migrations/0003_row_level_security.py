from django.db import migrations

TABLES = (
    "compliance_frameworkselection",
    "compliance_controlselection",
    "compliance_customframework",
    "compliance_policyversion",
)


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0002_policy_versions_never_change"),
        ("orgs", "0004_row_level_security"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                f"SELECT codestax_isolate('{table}')", f"SELECT codestax_open('{table}')"
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON compliance_policyversion FROM codestax_app, codestax_staff",
            "GRANT UPDATE, DELETE ON compliance_policyversion TO codestax_app, codestax_staff",
        ),
    ]
