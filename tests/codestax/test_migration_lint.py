"""django-migration-linter as `make lint` runs it: what the former release could not live with."""

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.management.commands.lintmigrations import Command

from tests import lint_settings

OPTIONS = lint_settings.MIGRATION_LINTER_OPTIONS
OURS = {"audit", "compliance", "orgs", "scans"}

FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Label", [
            ("id", models.BigAutoField(primary_key=True)),
            ("text", models.TextField(null=True)),
        ]),
    ]
"""
SECOND = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("codestax", "0001_label")]
    operations = [{operation}]
"""


@pytest.fixture
def lint(tmp_path, monkeypatch, settings, capsys):
    """Lints an app whose second migration does `operation`: (whether it passes, what is said)."""
    monkeypatch.syspath_prepend(tmp_path.parent)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", lint_settings.__name__)
    settings.MIGRATION_LINTER_OPTIONS = OPTIONS
    settings.MIGRATION_MODULES = {"codestax": tmp_path.name}  # a name of its own for each test

    def run(operation):
        (tmp_path / "__init__.py").touch()
        (tmp_path / "0001_label.py").write_text(FIRST)
        (tmp_path / "0002_change.py").write_text(SECOND.format(operation=operation))
        try:
            call_command(Command(), "codestax")
        except SystemExit as end:
            return end.code == 0, capsys.readouterr().out
        return True, capsys.readouterr().out

    return run


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ('AddField("label", "size", models.IntegerField(default=0))', "NOT NULL constraint"),
        ('AlterField("label", "text", models.TextField(default=""))', "NOT NULL constraint"),
        ('RemoveField("label", "text")', "DROPPING columns"),
        ('RenameField("label", "text", "words")', "RENAMING columns"),
        ('DeleteModel("Label")', "DROPPING table"),
        ('AlterField("label", "text", models.TextField(null=True, unique=True))', "ADDING unique"),
        # Those are the linter's warnings.
        ('AddIndex("label", models.Index("text", name="by_text"))', "CREATE INDEX locks table"),
        ('RunSQL("SELECT 1")', "not reversible"),
    ],
)
def test_what_the_former_release_could_not_live_with_is_refused(lint, operation, reason):
    passes, told = lint(f"migrations.{operation}")

    assert not passes
    assert "(codestax, 0001_label)... OK\n(codestax, 0002_change)... ERR" in told
    assert reason in told


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["IntegerField(null=True)", "IntegerField(db_default=0)"])
def test_a_column_that_the_former_release_need_not_fill_passes(lint, field):
    passes, told = lint(f'migrations.AddField("label", "size", models.{field})')

    assert passes
    assert "(codestax, 0002_change)... OK" in told


def test_no_rule_is_left_out_and_what_is_ignored_is_one_migration():
    ours = [name for app, name in MigrationLoader(None).disk_migrations if app in OURS]

    assert OPTIONS.keys() <= {"include_apps", "warnings_as_errors", "no_cache", "ignore_name"}
    assert [ours.count(name) for name in OPTIONS["ignore_name"]] == [1] * len(
        OPTIONS["ignore_name"]
    )
