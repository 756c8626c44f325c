"""The migrations that give scans their positions, on a database that has scans."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import RepositoryFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def migrate(name):
    MigrationExecutor(connection).migrate([("scans", name)])


def newest():
    (name,) = (leaf for app, leaf in MigrationExecutor(connection).loader.graph.leaf_nodes("scans"))
    return name


def rows(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def store(repository, *branches):
    """A scan of each branch, as the release before positions writes them; returns their ids."""
    return [
        rows(
            """INSERT INTO scans_scan (org_id, repository_id, branch, commit, status,
                created_at, quality_gate, languages, nothing_to_check)
            VALUES (%s, %s, %s, '', 'completed', now(), '', '{}', '{}') RETURNING id""",
            repository.org_id,
            repository.pk,
            branch,
        )[0][0]
        for branch in branches
    ]


def positions():
    return dict(rows("SELECT id, position FROM scans_scan"))


@pytest.fixture
def before():
    """A repository of the release before positions."""
    repository, end = RepositoryFactory(), newest()
    migrate("0001_initial")
    yield repository
    migrate(end)


def test_scans_from_before_keep_the_order_of_their_ids(before):
    old = store(before, "main", "main", "other")
    migrate("0002_scan_position")
    (meanwhile,) = store(before, "main")

    migrate("0003_scan_order")

    found = positions()
    assert [found[scan] for scan in old] == old
    assert found[meanwhile] > max(old)


def test_positions_that_scans_have_are_kept_when_the_migration_is_run_again(before):
    store(before, "main", "main")
    migrate("0003_scan_order")
    rows("UPDATE scans_scan SET position = position + 1000")
    first = positions()

    migrate("0002_scan_position")
    migrate("0003_scan_order")

    assert positions() == first


def indexes():
    return dict(
        rows(
            "SELECT indexrelid::regclass::text, indexrelid::bigint FROM pg_index "
            "WHERE indrelid = 'scans_scan'::regclass AND indisvalid"
        )
    )


def test_half_of_an_index_is_built_anew_and_a_whole_one_is_kept(before):
    migrate("0003_scan_order")
    first = indexes()
    half = "scans_scan_by_commit_time"

    # As a run leaves it that was broken off.
    rows("DELETE FROM django_migrations WHERE app = 'scans' AND name = '0003_scan_order'")
    rows("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", half)
    migrate("0003_scan_order")

    again = indexes()
    assert again.keys() == first.keys()
    assert {name for name in first if again[name] != first[name]} == {half}
