"""`manage.py migrate` as a process, and how long it keeps tables from everybody else."""

import subprocess
import time
from contextlib import contextmanager
from threading import Event, Thread

import psycopg

from tests.faults.product import MANAGE, ROOT


class Locks:
    """Looks again and again how long the tables are held by somebody who has them for himself.

    `longest` is in seconds, `table` the one. Temporary tables and those that are being made are
    nobody else's.
    """

    def __init__(self, product):
        self.product = product
        self.longest, self.table = 0.0, ""
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
                for (_, table), began in since.items():
                    self.longest, self.table = max((now - began, table), (self.longest, self.table))


@contextmanager
def migrating(product, *arguments):
    """Run the block beside `manage.py migrate`, and leave no process behind."""
    process = subprocess.Popen(
        [*MANAGE, "migrate", *arguments, "--verbosity", "0"],
        cwd=ROOT,
        env=product.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


_HELD = """
SELECT pid, relname::text FROM pg_locks JOIN pg_class c ON c.oid = relation
WHERE mode = 'AccessExclusiveLock' AND granted AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation >= 16384 AND relpersistence <> 't'
"""
