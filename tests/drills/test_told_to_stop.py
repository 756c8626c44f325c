"""R19: the product is told to stop with uploads and reports at work."""

import time

import pytest

from tests.faults.product import ASYNC
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
STOP_SECONDS = 2


def test_r19_requests_at_work_are_answered_when_the_server_is_told_to_stop(new_product, figure):
    product = new_product()
    product.start_web()
    repository = product.repository("at work")
    product.fail_at("upload.copying", "wait")

    with product.in_background(repository.upload, "a1", report(result())) as answer:
        until(lambda: product.one(_COPIES))
        product.web.terminate()
        until(lambda: "Handling signal: term" in product.log.read_text())
    status, _ = answer()

    assert status == 201
    assert product.web.wait(timeout=60) == 0
    assert repository.scans() == ["a1"]
    figure(told_to_stop="serve, with an upload at work", answer=status)


@pytest.fixture
def hasty(product, monkeypatch):
    """A worker that is allowed but few seconds when it is told to stop."""
    monkeypatch.setitem(product.environment, "STOP_SECONDS", str(STOP_SECONDS))
    product.start_worker()
    yield product
    product.fail_point.unlink(missing_ok=True)
    product.stop_worker()


def test_r19_a_report_that_outlasts_the_stop_goes_back_to_the_queue(hasty, figure):
    product = hasty
    repository = product.repository("too long")
    product.fail_at("upload.copying", "wait")
    repository.upload("a1", report(result()), **ASYNC)
    until(lambda: ("a1", "storing", 1) in repository.uploads())

    began = time.monotonic()
    product.worker.terminate()
    product.worker.wait(timeout=60)
    ended = time.monotonic()
    lease = product.one("SELECT lease_until FROM scans_upload ORDER BY id DESC LIMIT 1")
    product.fail_point.unlink()
    product.start_worker()
    until(repository.is_done)

    assert lease is None
    assert repository.uploads() == [("a1", "completed", 2)]
    figure(
        stop_seconds=STOP_SECONDS,
        worker_ended_after=f"{ended - began:.1f} s",
        completed_after=f"{time.monotonic() - ended:.1f} s",
        attempts=2,
    )


_COPIES = """
SELECT count(*) FROM pg_stat_activity
WHERE query LIKE 'COPY%%' AND datname = current_database()
"""
