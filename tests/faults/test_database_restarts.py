"""PostgreSQL restarted in the middle of uploads: 503 and never 500, nothing half stored."""

import pytest

from tests.faults.cluster import cluster
from tests.faults.product import ASYNC, Product, bootstrap, create_database
from tests.faults.waiting import until
from tests.tables import migrated

pytestmark = pytest.mark.slow
MODES = ["fast", "immediate"]


@pytest.fixture(scope="module")
def server():
    with cluster() as made:
        yield made


@pytest.fixture(scope="module")
def product(server, tmp_path_factory):
    source = migrated(server.accounts)
    accounts = create_database(server.accounts, "codestax_restarts", template=source)
    server.checkpoint()
    made = Product(accounts, bootstrap(accounts), tmp_path_factory.mktemp("restarts"))
    made.start_web()
    made.start_worker()
    yield made
    made.stop()


@pytest.mark.parametrize("mode", MODES)
def test_an_upload_that_loses_its_database_is_answered_503_and_stores_nothing(
    product, server, history, note, mode
):
    repository = product.repository(f"sync {mode}")
    repository.upload("a1", history.first)
    before = repository.holds()
    product.fail_at("upload.copying", "wait")

    with product.in_background(repository.upload, "b2", history.second) as answer:
        until(lambda: product.one(_COPIES))
        server.restart(mode)
    status, told = answer()
    after = repository.holds()
    again, _ = repository.upload_until_answered("b2", history.second)

    assert status == 503
    assert told["detail"].startswith("The database does not answer")
    assert after == before
    assert again == 201
    assert repository.holds() == history.held
    note(restarted=f"PostgreSQL, {mode}", at="upload.copying", answers="503, then 201")


@pytest.mark.parametrize("mode", MODES)
def test_an_upload_that_waits_for_a_worker_survives_a_restart(product, server, history, note, mode):
    repository = product.repository(f"async {mode}")
    repository.upload("a1", history.first)
    product.fail_at("upload.copying", "wait")
    repository.upload("b2", history.second, **ASYNC)
    until(lambda: product.one(_COPIES))

    server.restart(mode)
    product.fail_point.unlink()
    until(repository.is_done)

    assert repository.holds() == history.held
    assert repository.uploads()[-1] == ("b2", "completed", 2)
    assert repository.bodies() == 0
    note(restarted=f"PostgreSQL, {mode}", at="upload.copying in the worker", attempts=2)


def test_while_the_database_is_away_every_request_is_answered_503(product, server, note):
    server.stop()
    answers = [product.send("GET", "/api/repos") for _ in range(3)]
    ready, live = product.send("GET", "/healthz/ready"), product.send("GET", "/healthz/live")
    server.start()
    back = until(lambda: (product.send("GET", "/api/repos") or [0])[0] == 200, 5)

    assert [status for status, _ in answers] == [503] * 3
    assert (ready[0], live[0]) == (503, 200)
    assert back
    note(stopped="PostgreSQL", answers="503, live 200, then 200")


def test_a_worker_outlives_a_database_that_is_long_away(product, server, history, note):
    repository = product.repository("long away")
    server.stop("immediate")
    until(lambda: "Looking after the queue failed" in product.log.read_text())
    server.start()
    until(product.is_ready, 10)

    repository.upload_until_answered("a1", history.first, **ASYNC)
    until(repository.is_done)

    assert product.worker.poll() is None
    assert repository.counts("a1")["opened"] == 1500
    note(stopped="PostgreSQL", seen_by="the supervisor", completed=1)


_COPIES = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%%' AND state = 'active'"
