"""R19: `serve` is replaced by itself under traffic."""

import os
import signal
from itertools import count

import pytest

from tests.drills.ledger import Ledger
from tests.drills.size import size
from tests.drills.traffic import Traffic
from tests.faults.product import children_of, is_running
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
RESTARTS = size(2, 20)


class Generations:
    """`serve` as it is replaced by itself: a new one on the same socket, then the old one ends."""

    def __init__(self, product):
        self.product = product
        self.pid = product.web.pid
        self.replaced = 0

    def replace(self):
        old = self.pid
        known = children_of(old)
        # One that its parent has left alone knows it within a second, and can be replaced then.
        until(lambda: self._told("Master has been promoted") == self.replaced)
        os.kill(old, signal.SIGUSR2)
        (self.pid,) = until(lambda: [pid for pid in children_of(old) if pid not in known])
        # It serves once its own process has started, and the reader of that.
        until(lambda: any(children_of(process) for process in children_of(self.pid)))
        os.kill(old, signal.SIGTERM)
        until(lambda: not is_running(old))
        self.replaced += 1

    def _told(self, words):
        return self.product.log.read_text().count(words)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        until(lambda: not is_running(self.pid))


@pytest.fixture
def served(new_product):
    made = new_product()
    made.start_web()
    generations = Generations(made)
    yield made, generations
    if generations.pid != made.web.pid:
        generations.stop()


def uploading(product, repository):
    numbers = count(1)

    def upload(_):
        number = next(numbers)
        path = f"/api/repos/{repository.pk}/scans?commit=c{number}"
        return product.ask("POST", path, report(result(path=f"src/{number}.py")))

    return upload


def test_r19_rolling_restarts_drop_no_request(served, figure):
    product, generations = served
    repository = product.repository("rolling")
    ledger = Ledger(product)
    traffic = Traffic(
        ledger.write,
        lambda _: product.ask("GET", f"/api/compliance/score/{repository.pk}"),
        uploading(product, repository),
    )

    with traffic.flowing():
        for _ in range(RESTARTS):
            generations.replace()
            traffic.until_answered(200)

    assert traffic.statuses().keys() == {200, 201}
    assert len(traffic.answered(201)) == len(repository.scans())
    ledger.check()
    ledger.verify()
    figure(
        restarts=RESTARTS,
        answers=dict(traffic.statuses()),
        dropped=0,
        slowest=f"{traffic.slowest():.2f} s",
    )
