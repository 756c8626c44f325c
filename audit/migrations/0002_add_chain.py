import django.utils.timezone
from django.db import migrations, models


# Columns that may be null cost no rewrite of the table, and the former release goes on writing.
class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                (
                    "org",
                    models.BigIntegerField(db_column="org_id", primary_key=True, serialize=False),
                ),
                ("seq", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField(default=bytes(32))),
            ],
            options={"ordering": ["org"]},
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", models.BigIntegerField(db_column="org_id")),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("head", models.BinaryField()),
                ("merkle_root", models.BinaryField()),
                ("previous", models.BinaryField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("key_id", models.CharField(max_length=16)),
                ("public_key", models.BinaryField()),
                ("signature", models.BinaryField()),
            ],
            options={
                "ordering": ["org", "last_seq"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "first_seq"), name="audit_checkpoint_first"
                    ),
                    models.UniqueConstraint(
                        fields=("org", "last_seq"), name="audit_checkpoint_last"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_seq__gte", models.F("first_seq"))),
                        name="audit_checkpoint_has_entries",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditTrim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org", models.BigIntegerField(db_column="org_id")),
                ("through_seq", models.BigIntegerField()),
                ("trimmed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["org", "through_seq"],
                "constraints": [
                    models.UniqueConstraint(fields=("org", "through_seq"), name="audit_trim_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="auditlogsaas",
            name="seq",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="auditlogsaas",
            name="hash",
            field=models.BinaryField(null=True),
        ),
    ]
