"""R22: `python -m tests.drills.soak [minutes]`, 30 by default: what grows, and what is left behind.

Thirty requests a second, reads and changes and pages, and a report every ten seconds, every second
one of which a worker takes in.
"""

import gzip
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import mean
from threading import Event
from typing import NamedTuple

from tests.drills.__main__ import main as drill
from tests.drills.ledger import Ledger
from tests.drills.traffic import Traffic
from tests.faults.product import ASYNC, children_of
from tests.faults.waiting import until
from tests.scans.sarif import report, result

SECONDS = 60 * float(os.environ.get("SOAK_MINUTES", "30"))
PACE, REPORT_EVERY, LOOK_EVERY = 30, 10, 5
FINDINGS, MOST_REPORTS = 1000, 7
MOST_GROWTH, MOST_CONNECTIONS, MOST_WAITING_SECONDS = 1.05, 20, 10


class Look(NamedTuple):
    """What was seen at one moment; memory in megabytes, of all processes of the product."""

    memory: float
    connections: int
    idle_in_transaction: int
    waiting_seconds: float


class Watch:
    """Looks at a product again and again."""

    def __init__(self, product):
        self.product = product
        self.looks = []

    def look(self):
        connections, idle = self.product.rows(_CONNECTIONS)[0]
        self.looks.append(
            Look(self._memory(), connections, idle, self.product.one(_WAITING_SECONDS))
        )

    def growth(self):
        """The memory of the last tenth over that of the second: in the first it warms up."""
        tenth = len(self.looks) // 10
        memory = [look.memory for look in self.looks]
        return mean(memory[-tenth:]) / mean(memory[tenth : 2 * tenth])

    def most(self, name):
        return max(getattr(look, name) for look in self.looks)

    def _memory(self):
        pids = [self.product.web.pid, self.product.worker.pid]
        for pid in pids:
            pids += children_of(pid)
        return sum(_resident_megabytes(pid) for pid in pids)


def _resident_megabytes(pid):
    """Its own and its share of what it has in common with others (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0)


_CONNECTIONS = """
SELECT count(*), count(*) FILTER (
    WHERE state LIKE 'idle in transaction%%' AND state_change < now() - interval '1 second')
FROM pg_stat_activity WHERE usename = 'codestax_app' AND datname = current_database()
"""
_WAITING_SECONDS = """
SELECT coalesce(max(extract(epoch FROM now() - received_at)), 0)::float
FROM scans_upload WHERE finished_at IS NULL
"""


class Reports:
    """Reports of one repository, one after the other: each has lost findings and got others."""

    def __init__(self, repository):
        self.repository = repository
        self.numbers = count(1)
        self.answers = []

    def send(self):
        number = next(self.numbers)
        rows = range(number % MOST_REPORTS * 100, number % MOST_REPORTS * 100 + FINDINGS)
        body = gzip.compress(report(*(result(path=f"src/{row}.py") for row in rows)))
        headers = {"Content-Encoding": "gzip"} | (ASYNC if number % 2 else {})
        path = f"/api/repos/{self.repository.pk}/scans?commit=c{number}"
        self.answers.append(self.repository.product.ask("POST", path, body, **headers).status)


def test_r22_nothing_grows_and_nothing_is_left_behind(new_product, figure):
    product = new_product(WEB_WORKERS="2", WEB_THREADS="4")
    product.start_web()
    product.start_worker()
    repository = product.repository("soak")
    ledger, reports, watch = Ledger(product), Reports(repository), Watch(product)
    reads = (
        f"/api/compliance/score/{repository.pk}",
        f"/api/repos/{repository.pk}/findings?limit=100",
        "/api/compliance/frameworks",
        "/api/audit-logs?limit=50",
        "/login",
    )
    requests = [lambda _, path=path: product.ask("GET", path) for path in reads]
    traffic = Traffic(*requests, ledger.write, a_second=PACE)

    with traffic.flowing(), _every(REPORT_EVERY, reports.send), _every(LOOK_EVERY, watch.look):
        time.sleep(SECONDS)
    until(repository.is_done)

    figure(
        minutes=f"{SECONDS / 60:.0f}",
        answers=dict(traffic.statuses()),
        reports=len(reports.answers),
        memory=f"{watch.looks[0].memory:.0f} MB at first, {watch.looks[-1].memory:.0f} at last",
        growth=f"{watch.growth():.3f}",
        connections=watch.most("connections"),
        idle_in_transaction=watch.most("idle_in_transaction"),
        longest_wait=f"{watch.most('waiting_seconds'):.1f} s",
    )
    assert traffic.statuses().keys() == {200}
    assert set(reports.answers) == {201, 202}
    assert product.broken == []
    assert " ERROR " not in product.log.read_text()
    assert len(repository.scans()) == len(reports.answers)
    assert watch.growth() < MOST_GROWTH
    assert watch.most("connections") <= MOST_CONNECTIONS
    assert watch.most("idle_in_transaction") == 0
    assert watch.most("waiting_seconds") < MOST_WAITING_SECONDS
    ledger.check()
    ledger.verify()


@contextmanager
def _every(seconds, call):
    """Call again and again beside the block; what it raises is raised at its end."""
    is_over = Event()

    def run():
        while not is_over.wait(seconds):
            call()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run)
        try:
            yield
        finally:
            is_over.set()
        running.result()


if __name__ == "__main__":
    os.environ["SOAK_MINUTES"] = sys.argv[1] if len(sys.argv) > 1 else "30"
    sys.exit(drill("tests/drills/soak.py"))
