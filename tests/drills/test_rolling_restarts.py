"""R19: `serve` is replaced by itself under traffic."""

import socket
from contextlib import ExitStack
from http.client import HTTPResponse
from itertools import count

import pytest

from tests.drills.generations import Generations
from tests.drills.ledger import Ledger
from tests.drills.size import size
from tests.drills.traffic import Traffic
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
RESTARTS = size(2, 20)
# As many as keep the pace while both servers share the machine.
CLIENTS = size(4, 12)
SILENT = 20


@pytest.fixture
def served(new_product):
    made = new_product()
    made.start_web()
    generations = Generations(made)
    yield made, generations
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
        clients=CLIENTS,
    )

    with traffic.flowing():
        for _ in range(RESTARTS):
            generations.replace()
            traffic.until_answered(200)

    assert product.broken == []
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


def test_r19_a_connection_that_has_sent_nothing_yet_is_answered_by_the_new_server(served, figure):
    product, generations = served

    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", product.port), timeout=60))
            for _ in range(SILENT)
        ]
        generations.replace()
        statuses = [status_of_first_request(connection) for connection in silent]

    assert statuses == [200] * SILENT
    figure(connections_that_sent_their_request_after_the_change=SILENT, dropped=0)


def status_of_first_request(connection):
    connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    with HTTPResponse(connection) as response:
        response.begin()
        return response.status
