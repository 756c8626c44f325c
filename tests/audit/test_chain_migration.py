"""The migrations that bring the chain: entries from before are chained, and go back unharmed."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.chains import verify_chain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# Big numbers and fractions were stored as numbers then.
OLD = [
    (1, "SIGN_IN", "10.0.0.1", '{"number": 1.50, "b": {"\U0001f600": 1, "\ufb33": 2}}'),
    (None, "SIGN_IN_FAILED", "::ffff:10.0.0.1", '{"big": 123456789012345678901234567890}'),
    (1, "SIGN_OUT", None, '{"text": "\\u001f\\u2028 \\"x\\"", "list": [1e21, 0.000001]}'),
    (2, "SIGN_IN", "2001:db8::1", "{}"),
    (1, "SIGN_IN", None, "{}"),
]


def migrate(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("audit", name)])


def newest():
    (name,) = (leaf for app, leaf in MigrationExecutor(connection).loader.graph.leaf_nodes("audit"))
    return name


def rows(columns="org_id, seq"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM audit_auditlogsaas ORDER BY id")
        return cursor.fetchall()


@pytest.fixture
def before():
    """The log as the release before the chain left it."""
    end = newest()
    migrate("0001_initial")
    with connection.cursor() as cursor:
        for org, action, ip, metadata in OLD:
            cursor.execute(
                "INSERT INTO audit_auditlogsaas (org_id, action, actor_email, ip, user_agent, "
                "metadata, created_at) VALUES (%s, %s, 'ada@acme.example', %s, '', %s, now())",
                [org, action, ip, metadata],
            )
    yield lambda: migrate(end)
    migrate(end)


def test_entries_from_before_are_chained_by_their_ids_and_verify(before):
    before()

    assert rows() == [(1, 1), (None, 1), (1, 2), (2, 1), (1, 3)]
    assert verify_chain(1).startswith("3 entries hold together")
    assert verify_chain(2).startswith("1 entries hold together")
    assert verify_chain(0).startswith("1 entries hold together")


def test_many_entries_are_chained_in_batches(before):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditlogsaas (org_id, action, actor_email, user_agent, metadata, "
            "created_at) SELECT 1, 'ANY', '', '', '{}', now() FROM generate_series(1, 2500)"
        )

    before()

    assert verify_chain(1).startswith("2503 entries hold together")


def test_the_way_back_loses_no_entry_and_can_be_gone_again(before):
    content = rows("action, metadata, created_at")
    before()

    migrate("0001_initial")
    assert rows("action, metadata, created_at") == content
    before()

    assert verify_chain(1).startswith("3 entries hold together")


def test_what_the_former_release_writes_meanwhile_is_stored(before):
    before()

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditlogsaas (org_id, action, actor_email, user_agent, metadata, "
            "created_at) VALUES (1, 'ANY', '', '', '{}', now())"
        )

    assert rows()[-1] == (1, None)
