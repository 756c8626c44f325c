"""Fixtures for tests in which processes die, and a table of what was killed and what was left."""

import os
import time
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings

from bench.server import Accounts
from tests.faults.fixtures import new_product, template  # noqa: F401 - fixtures of these tests too
from tests.faults.product import ASYNC
from tests.faults.waiting import until
from tests.scans.sarif import report, result


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server that these tests may make databases on."""
    return Accounts.found(settings.VAR_DIR)


@pytest.fixture(scope="module")
def product(new_product):  # noqa: F811
    """A web server and a worker. Each test leaves both able to work, or starts them again."""
    made = new_product()
    made.start_web()
    made.start_worker()
    return made


@pytest.fixture(scope="session")
def _table():
    path = settings.VAR_DIR / f"faults{os.environ.get('PYTEST_XDIST_WORKER', '')}.txt"
    path.write_text("")
    return path


@pytest.fixture
def note(_table, request):
    """Write a line of the table: the fault, what it left, and the seconds since the test began."""
    started = time.monotonic()

    def write(**found):
        seconds = time.monotonic() - started
        parts = [f"{name} {value}" for name, value in found.items()]
        with _table.open("a") as table:
            table.write(f"{request.node.name}: {', '.join(parts)}, {seconds:.1f} s\n")

    return write


def _findings(numbers):
    return [result(path=f"src/part_{number}.py", line=number) for number in numbers]


@dataclass(frozen=True)
class History:
    """Two reports, and what a repository holds after both of them when nothing fails."""

    first: bytes
    second: bytes
    held: dict[str, Any]

    @property
    def findings(self):
        """How many there are in all, and how many of them are open."""
        return self.held["findings"][0][:2]


@pytest.fixture(scope="module")
def history(product):
    """1500 findings, enough for a COPY in several parts; then 300 of them are gone, 200 are new."""
    first, second = report(*_findings(range(1, 1501))), report(*_findings(range(301, 1701)))
    calm = product.repository("calm")
    for commit, body in (("a1", first), ("b2", second)):
        calm.upload(commit, body, **ASYNC)
        until(calm.is_done)
    assert calm.counts("b2") == {"opened": 200, "closed": 300, "unchanged": 1200}
    return History(first, second, calm.holds())
