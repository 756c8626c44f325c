"""Order a branch's scans by a position of their own; those that exist keep the order of their ids."""

from django.db import migrations, models
from django.db.models.functions import Cast, Extract, Now


class Migration(migrations.Migration):
    dependencies = [("scans", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="committed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # With a default in the database, a process of the release before goes on writing scans.
        migrations.AddField(
            model_name="scan",
            name="position",
            field=models.BigIntegerField(
                db_default=Cast(
                    Extract(Now(), "epoch") * models.Value(1_000_000_000), models.BigIntegerField()
                ),
                editable=False,
            ),
        ),
        migrations.AlterField(
            model_name="scan",
            name="status",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("completed", "Completed"),
                    ("failed", "Failed"),
                ],
                default="received",
                max_length=20,
            ),
        ),
        migrations.RunSQL(
            "UPDATE scans_scan SET position = id", reverse_sql=migrations.RunSQL.noop
        ),
    ]
