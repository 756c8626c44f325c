"""R15: migrations under traffic, with a transaction in their way, and all back and forth."""

import re
import subprocess
import time
from threading import Event, Thread

import psycopg
import pytest

from tests.drills.traffic import Traffic
from tests.faults.product import MANAGE, ROOT
from tests.faults.waiting import until

pytestmark = pytest.mark.slow
# The state before row-level security, which the present code can work on too. The migrations after
# it take nearly every table for themselves.
EARLIER = {"audit": "0005", "compliance": "0002", "scans": "0005"}


class Locks:
    """Looks again and again how long the tables are held by somebody who has them for himself."""

    def __init__(self, product):
        self.product = product
        self.longest = 0.0
        self.is_over = Event()
        self.thread = Thread(target=self._look)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def _look(self):
        since = {}
        with psycopg.connect(self.product.accounts.owner, autocommit=True) as connection:
            while not self.is_over.wait(0.01):
                now = time.monotonic()
                held = {tuple(row) for row in connection.execute(_HELD).fetchall()}
                since = {lock: since.get(lock, now) for lock in held}
                self.longest = max([self.longest, *(now - began for began in since.values())])


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
    with psycopg.connect(product.accounts.owner) as other:
        other.execute("SELECT 1 FROM compliance_policyversion")
        migrating = subprocess.Popen(
            [*MANAGE, "migrate", "compliance", "--verbosity", "0"],
            cwd=ROOT,
            env=product.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        with migrating.stderr as told:
            line = told.readline()  # it has given way once
            while_waiting = product.send("GET", "/api/compliance/frameworks")[0]
            other.commit()
            told.read()

    assert "Running work was in the way" in line
    assert migrating.wait(timeout=90) == 0
    assert while_waiting == 200
    until(product.is_ready)
    figure(gave_way_at_least=1, ended="applied")


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


_OURS = re.compile(r"CREATE TABLE public\.(audit|compliance|orgs|scans)_")
_HELD = """
SELECT pid, relation::regclass::text FROM pg_locks
WHERE mode = 'AccessExclusiveLock' AND granted AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation >= 16384
"""
