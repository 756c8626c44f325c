"""Order those scans that exist, and index all by their position; built beside running work, which
the new release waits for."""

from django.db import migrations, models

# Those from before share one position, of the moment when the column came, and get their ids. What
# the former release stores meanwhile stays behind them. Run again, it finds none that share one.
_POSITIONS = """
UPDATE scans_scan SET position = id WHERE position = (
    SELECT position FROM scans_scan GROUP BY position
    HAVING count(*) > 1 AND min(id) = (SELECT min(id) FROM scans_scan)
)
"""

# Indexes are built beside those who use the table. Half of one that was broken off is made anew, a
# whole one stays: each step is repeatable.
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
    dependencies = [("scans", "0002_scan_position")]

    operations = [
        migrations.RunSQL(_POSITIONS, migrations.RunSQL.noop),
        migrations.RunSQL(
            _build(
                "scans_scan_newest", "scans_scan (org_id, repository_id, branch, position DESC)"
            ),
            _drop("scans_scan_newest"),
            state_operations=[
                migrations.AddIndex(
                    model_name="scan",
                    index=models.Index(
                        fields=["org", "repository", "branch", "-position"],
                        name="scans_scan_newest",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            _build(
                "scans_scan_by_commit_time",
                "scans_scan (org_id, repository_id, branch, committed_at) "
                "WHERE committed_at IS NOT NULL",
            ),
            _drop("scans_scan_by_commit_time"),
            state_operations=[
                migrations.AddIndex(
                    model_name="scan",
                    index=models.Index(
                        condition=models.Q(("committed_at__isnull", False)),
                        fields=["org", "repository", "branch", "committed_at"],
                        name="scans_scan_by_commit_time",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            [
                *_build(
                    "scans_scan_unique_position",
                    "scans_scan (repository_id, branch, position)",
                    "UNIQUE",
                ),
                _CONSTRAIN.format(name="scans_scan_unique_position", table="scans_scan"),
            ],
            _RELAX.format(name="scans_scan_unique_position", table="scans_scan"),
            state_operations=[
                migrations.AddConstraint(
                    model_name="scan",
                    constraint=models.UniqueConstraint(
                        fields=("repository", "branch", "position"),
                        name="scans_scan_unique_position",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            _drop("scans_scan_latest"),
            _build("scans_scan_latest", "scans_scan (org_id, repository_id, branch, id DESC)"),
            state_operations=[migrations.RemoveIndex(model_name="scan", name="scans_scan_latest")],
        ),
    ]
