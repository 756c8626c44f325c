from django.db import migrations

TABLES = (
    "scans_repository",
    "scans_scan",
    "scans_analysis",
    "scans_finding",
    "scans_reportmemo",
    "scans_upload",
    "scans_uploadbody",
    "scans_idempotentanswer",
)


class Migration(migrations.Migration):
    dependencies = [
        ("scans", "0005_report_memo"),
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
    ]
