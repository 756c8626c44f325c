"""Migrations without a transaction around them: each step is repeatable, in either direction."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OURS = {"audit", "compliance", "orgs", "scans"}
# What such migrations make, with who may do what, in an order of its own.
MADE = """
SELECT 'table', relname::text, relrowsecurity, relforcerowsecurity, (
    SELECT array_agg(item::text ORDER BY item::text) FROM unnest(relacl) AS item
) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S')
UNION ALL
SELECT 'policy', concat(tablename, ' ', policyname, ' ', qual), true, true, roles::text[]
FROM pg_policies
UNION ALL
SELECT 'index', pg_get_indexdef(indexrelid), indisvalid, indisready, NULL
FROM pg_index JOIN pg_class ON oid = indrelid
WHERE relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'constraint', concat(conrelid::regclass, pg_get_constraintdef(oid)), true, true, NULL
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION ALL
SELECT 'function', concat(oid::regprocedure, prosrc), true, true, (
    SELECT array_agg(item::text ORDER BY item::text) FROM unnest(proacl) AS item
) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""


def stepwise():
    """Our migrations without a transaction, each with the state before it, as they are applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    return [
        (migration, executor.loader.project_state(key, at_end=False))
        for migration, _ in plan
        for key in [(migration.app_label, migration.name)]
        if key[0] in OURS and not migration.atomic
    ]


def forth():
    for migration, state in stepwise():
        with connection.schema_editor(atomic=False) as editor:
            migration.apply(state.clone(), editor)


def back(*, times):
    for migration, state in reversed(stepwise()):
        for _ in range(times):
            with connection.schema_editor(atomic=False) as editor:
                migration.unapply(state.clone(), editor)


def made():
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        return sorted(map(str, cursor.fetchall()))


def test_what_is_applied_may_be_applied_again():
    before = made()

    forth()

    assert made() == before


def test_what_is_undone_may_be_undone_again_and_comes_back_whole():
    before = made()

    back(times=1)
    undone = made()
    forth()
    back(times=2)
    undone_again = made()
    forth()

    assert undone != before
    assert undone_again == undone
    assert made() == before
