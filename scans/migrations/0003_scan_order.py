"""Index scans by their position; built beside running work, which the new release waits for."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("scans", "0002_scan_position")]

    operations = [
        AddIndexConcurrently(
            model_name="scan",
            index=models.Index(
                fields=["org", "repository", "branch", "-position"], name="scans_scan_newest"
            ),
        ),
        AddIndexConcurrently(
            model_name="scan",
            index=models.Index(
                condition=models.Q(("committed_at__isnull", False)),
                fields=["org", "repository", "branch", "committed_at"],
                name="scans_scan_by_commit_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                fields=("repository", "branch", "position"), name="scans_scan_unique_position"
            ),
        ),
        RemoveIndexConcurrently(model_name="scan", name="scans_scan_latest"),
    ]
