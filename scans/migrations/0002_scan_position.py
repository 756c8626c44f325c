"""Give a scan a position of its own in its branch; 0003 gives one to those that exist."""

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
    ]
