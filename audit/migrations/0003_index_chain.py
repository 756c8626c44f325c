from django.db import migrations, models

# Indexes are built beside the acts that go on meanwhile. Half of one that was broken off is made
# anew, a whole one stays: each step is repeatable.
_DROP_HALF = """
SET LOCAL lock_timeout = '3s';
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid
    ) THEN
        DROP INDEX {name};
    END IF;
END
$$
"""
# The index is there: to make it a constraint needs the table for a moment.
_CONSTRAIN = """
SET LOCAL lock_timeout = '3s';
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}') THEN
        ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};
    END IF;
END
$$
"""
_RELAX = """
SET LOCAL lock_timeout = '3s';
ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}
"""


def _build(name, on, unique=""):
    create = f"CREATE {unique} INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}"
    return [_DROP_HALF.format(name=name), create]


def _drop(name):
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("audit", "0002_add_chain"),
    ]

    operations = [
        migrations.RunSQL(
            _build("audit_log_unchained", "audit_auditlogsaas (id) WHERE seq IS NULL"),
            _drop("audit_log_unchained"),
            state_operations=[
                migrations.AddIndex(
                    model_name="auditlogsaas",
                    index=models.Index(
                        fields=["id"],
                        name="audit_log_unchained",
                        condition=models.Q(seq__isnull=True),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            [
                *_build("audit_entry_seq_of_org", "audit_auditlogsaas (org_id, seq)", "UNIQUE"),
                _CONSTRAIN.format(name="audit_entry_seq_of_org", table="audit_auditlogsaas"),
            ],
            _RELAX.format(name="audit_entry_seq_of_org", table="audit_auditlogsaas"),
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
            _build(
                "audit_entry_seq_of_none",
                "audit_auditlogsaas (seq) WHERE org_id IS NULL",
                "UNIQUE",
            ),
            _drop("audit_entry_seq_of_none"),
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
