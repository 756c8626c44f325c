"""R15: migrations under traffic, in the way of others, broken off, and all back and forth."""

import re
from contextlib import contextmanager

import psycopg
import pytest

from tests.drills.migrating import Locks, migrating
from tests.drills.traffic import Traffic
from tests.faults.waiting import until

pytestmark = pytest.mark.slow
# The state before row-level security, which the present code can work on too. The migrations after
# it take nearly every table for themselves.
EARLIER = {"audit": "0005", "compliance": "0002", "scans": "0005"}
TABLES = 8  # of scans, under row-level security since 0006


@pytest.fixture
def one_table_at_a_time(product):
    """PostgreSQL refuses a statement of a migration that would leave it with two tables."""
    product.run(_REFUSE)
    yield
    product.run("DROP EVENT TRIGGER drill_one_table; DROP FUNCTION drill_one_table()")


@contextmanager
def in_the_way(product, table):
    """Run the block while a transaction uses the table; yields what ends that transaction."""
    with psycopg.connect(product.accounts.owner) as other:
        other.execute(f"SELECT FROM {table} LIMIT 1")
        yield other.commit


def who_waits_for(product, table):
    """The tables that the session which wants `table` for itself has; None where none wants it."""
    found = product.rows(_WAITING, table)
    return found[0] if found else None


def isolated(product):
    """How many tables of scans are under row-level security, and whether it is put down as done."""
    return product.rows("""
        SELECT count(*), EXISTS (
            SELECT FROM django_migrations WHERE app = 'scans' AND starts_with(name, '0006')
        ) FROM pg_class WHERE relforcerowsecurity AND starts_with(relname, 'scans_')
    """)[0]


@pytest.mark.usefixtures("one_table_at_a_time")
def test_r15_migrations_under_traffic_fail_no_request(product, ledger, figure):
    repository = product.repository("migrated")
    traffic = Traffic(
        ledger.write, lambda _: product.ask("GET", f"/api/compliance/score/{repository.pk}")
    )

    with Locks(product) as locks, traffic.flowing():
        for app, number in EARLIER.items():
            product.manage("migrate", app, number, "--verbosity", "0")
        traffic.until_answered(200)
        product.manage("migrate", "--verbosity", "0")
        traffic.until_answered(200)

    assert traffic.statuses().keys() == {200}
    assert product.is_ready()
    ledger.check()
    ledger.verify()
    figure(
        answers=dict(traffic.statuses()),
        slowest=f"{traffic.slowest():.2f} s",
        longest_lock=f"{locks.longest * 1000:.0f} ms",
    )


def test_r15_a_migration_gives_way_to_a_long_transaction_and_begins_again(product, figure):
    product.manage("migrate", "compliance", EARLIER["compliance"], "--verbosity", "0")
    table = "compliance_policyversion"
    with in_the_way(product, table) as end_it, migrating(product, "compliance") as process:
        (held_while_waiting,) = until(lambda: who_waits_for(product, table))
        line = process.stderr.readline()  # it has given way once
        while_waiting = product.send("GET", "/api/compliance/frameworks")[0]
        end_it()
        status = process.wait(timeout=90)

    assert held_while_waiting == []
    assert "Running work was in the way" in line
    assert status == 0
    assert while_waiting == 200
    until(product.is_ready)
    figure(gave_way_at_least=1, held_while_waiting=0, ended="applied")


@pytest.mark.parametrize(
    ("start", "end", "tables"), [("0005", "0006", TABLES), ("0006", "0005", 0)]
)
def test_r15_a_migration_that_is_killed_halfway_is_ended_by_the_next_one(
    new_product, start, end, tables
):
    product = new_product()
    product.manage("migrate", "scans", start, "--verbosity", "0")

    with in_the_way(product, "scans_finding"), migrating(product, "scans", end) as process:
        until(lambda: who_waits_for(product, "scans_finding"))
        process.kill()
        process.wait()
        halfway, is_recorded = isolated(product)
    product.manage("migrate", "scans", end, "--verbosity", "0")

    assert 0 < halfway < TABLES
    assert is_recorded == (
        start == "0006"
    )  # as before it, so that the next one does not pass it by
    assert isolated(product) == (tables, end == "0006")


def test_r15_every_migration_can_be_undone_and_done_again(new_product, postgresql, figure):
    product = new_product()
    before = _schema(postgresql, product)

    for app in ("audit", "orgs"):  # the others need the tables of orgs, and go with them
        product.manage("migrate", app, "zero", "--verbosity", "0")
    emptied = _schema(postgresql, product)
    product.manage("migrate", "--verbosity", "0")

    assert not [line for line in emptied if _OURS.match(line)]
    assert _schema(postgresql, product) == before
    figure(undone="all", schema_afterwards="the same")


def _schema(postgresql, product):
    """The schema's statements, in an order that does not depend on when things were made."""
    printed = postgresql.call("pg_dump", "--schema-only", "--no-comments", product.accounts.owner)
    lines = [line.rstrip(",") for line in printed.splitlines()]
    return sorted(line for line in lines if line and not line.startswith(("--", "\\")))


# Indexes and the like go with their table.
_REFUSE = """
CREATE FUNCTION drill_one_table() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    held text[] := ARRAY(
        SELECT relation::regclass::text FROM pg_locks JOIN pg_class c ON c.oid = relation
        WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'
            AND relkind = 'r' AND relpersistence = 'p'
    );
BEGIN
    IF cardinality(held) > 1 THEN
        RAISE EXCEPTION 'One transaction has % for itself', held;
    END IF;
END
$$;
CREATE EVENT TRIGGER drill_one_table ON ddl_command_end EXECUTE FUNCTION drill_one_table();
"""
_WAITING = """
SELECT ARRAY(
    SELECT relation::regclass::text FROM pg_locks held JOIN pg_class c ON c.oid = relation
    WHERE held.pid = waiting.pid AND mode = 'AccessExclusiveLock' AND granted AND relkind = 'r'
)
FROM pg_locks waiting
WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation = %s::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_OURS = re.compile(r"CREATE TABLE public\.(audit|compliance|orgs|scans)_")
