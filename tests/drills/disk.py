"""R9 with a true disk: `python -m tests.drills.disk`, as root, since it mounts a small one.

PostgreSQL lies on it alone. It is filled up under traffic until nothing is left, neither for
rows nor for the write-ahead log, and then there is room again.
"""

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import count

import pytest

from tests.drills.__main__ import main as drill
from tests.drills.ledger import Ledger
from tests.drills.traffic import Traffic
from tests.faults.cluster import cluster
from tests.scans.sarif import report, result

MEGABYTES, SECONDS_WITHOUT_ROOM = 512, 20


class Disk:
    """A file system of so many megabytes, and a file that takes what the others leave of it."""

    def __init__(self):
        self.filler = None

    @contextmanager
    def mounted(self, directory):
        options = f"size={MEGABYTES}m,mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)
        self.filler = directory / "filler"
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)

    def fill(self):
        """Again and again, since a log that is recycled leaves room."""
        with self.filler.open("ab", buffering=0) as file:
            while free := shutil.disk_usage(self.filler.parent).free:
                file.write(bytes(min(free, 1_000_000)))

    def free(self):
        self.filler.unlink()


@pytest.fixture(scope="session")
def disk():
    return Disk()


@pytest.fixture(scope="session")
def postgresql(disk):
    with cluster(disk=disk.mounted) as made:
        yield made


def test_r9_a_full_disk_is_503_until_there_is_room(product, postgresql, disk, figure):
    repository = product.repository("full disk")
    ledger, numbers = Ledger(product), count(1)

    def upload(_):
        number = next(numbers)
        findings = (result(path=f"src/{number}/{row}.py") for row in range(200))
        path = f"/api/repos/{repository.pk}/scans?commit=c{number}"
        return product.ask("POST", path, report(*findings))

    def read(_):
        return product.ask("GET", f"/api/compliance/score/{repository.pk}")

    traffic = Traffic(ledger.write, read, upload)
    with traffic.flowing():
        traffic.until_answered(201)
        over = time.monotonic() + SECONDS_WITHOUT_ROOM
        while time.monotonic() < over:
            disk.fill()
            time.sleep(0.2)
        without_room = traffic.statuses()
        disk.free()
        if not postgresql.server._is_running():
            postgresql.start()  # it ends where it has no room to recover
        room = time.monotonic()
        traffic.until_answered(201)

    statuses = traffic.statuses()
    assert statuses.keys() == {200, 201, 503}, statuses
    assert without_room[503] > 0
    assert all("X-Request-ID" in answer.headers for answer in traffic.answered(503))
    assert len(traffic.answered(201)) == len(repository.scans())
    ledger.check()
    ledger.verify()
    figure(
        answers=dict(statuses),
        lost=0,
        slowest=f"{traffic.slowest():.2f} s",
        first_201_with_room=f"{traffic.first(201, room):.2f} s",
    )


if __name__ == "__main__":
    sys.exit(drill("tests/drills/disk.py", *sys.argv[1:]))
