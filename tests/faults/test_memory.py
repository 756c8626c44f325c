"""A report that is too big for its worker's memory fails alone."""

import gzip

import pytest

from bench.reports import generated_report
from tests.faults.product import ASYNC
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def product(new_product):
    """What reads reports may use 600 MB of address space; of a worker 250 are the program."""
    made = new_product(WORKER_MEMORY_MB="600", UPLOAD_MAX_RESULTS="300000")
    made.start_web()
    made.start_worker()
    return made


def packed_report_of_100_mb():
    content = generated_report(260_000)
    assert len(content) > 100_000_000
    return gzip.compress(content, compresslevel=1)


def test_a_report_that_needs_too_much_memory_fails_and_the_next_one_does_not(product, note):
    big, small = product.repository("big"), product.repository("small")
    body = packed_report_of_100_mb()
    (before,) = until(product.worker_children)
    big.upload("a1", body, **ASYNC)
    small.upload("a1", report(result()), **ASYNC)

    until(big.is_done)
    until(small.is_done)
    (after,) = until(product.worker_children)

    # Without memory a library written in C may end the process instead of raising an error: that
    # takes further attempts, and the reason is another sentence of the same sense.
    (found,) = big.uploads()
    assert found[:2] == ("a1", "failed")
    assert "too large or too complex" in big.reason()
    assert small.uploads() == [("a1", "completed", 1)]
    assert (before != after, big.bodies()) == (True, 0)
    note(limit="600 MB", report="100 MB", failed=1, attempts=found[2], next_completed=1)
