from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Built without holding up the acts that go on meanwhile.
_UNIQUE = """
CREATE UNIQUE INDEX CONCURRENTLY audit_entry_seq_of_org ON audit_auditlogsaas (org_id, seq)
"""
_UNIQUE_OF_NONE = """
CREATE UNIQUE INDEX CONCURRENTLY audit_entry_seq_of_none ON audit_auditlogsaas (seq)
WHERE org_id IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("audit", "0002_add_chain"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="auditlogsaas",
            index=models.Index(
                fields=["id"], name="audit_log_unchained", condition=models.Q(seq__isnull=True)
            ),
        ),
        migrations.RunSQL(
            [
                _UNIQUE,
                "ALTER TABLE audit_auditlogsaas ADD CONSTRAINT audit_entry_seq_of_org "
                "UNIQUE USING INDEX audit_entry_seq_of_org",
            ],
            "ALTER TABLE audit_auditlogsaas DROP CONSTRAINT audit_entry_seq_of_org",
            state_operations=[
                migrations.AddConstraint(
                    model_name="auditlogsaas",
                    constraint=models.UniqueConstraint(
                        fields=("org", "seq"), name="audit_entry_seq_of_org"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            _UNIQUE_OF_NONE,
            "DROP INDEX CONCURRENTLY audit_entry_seq_of_none",
            state_operations=[
                migrations.AddConstraint(
                    model_name="auditlogsaas",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("org__isnull", True)),
                        fields=("seq",),
                        name="audit_entry_seq_of_none",
                    ),
                ),
            ],
        ),
    ]
