"""A web process that dies at any point: the client sends again, and nothing is doubled."""

import pytest

from tests.faults.product import ASYNC
from tests.faults.waiting import until

pytestmark = pytest.mark.slow

# The way of an upload that is answered when all is stored: read, parsed, ... , before the answer.
POINTS = [
    "upload.parsing",
    "upload.parsed",
    "upload.copying",
    "upload.stored",
    "upload.committing",
    "upload.committed",
]
# And of one that is kept for a worker: before its commit, and before the answer.
KEEPING_POINTS = ["upload.receiving", "upload.received"]


@pytest.mark.parametrize("point", POINTS)
def test_an_upload_that_is_sent_again_is_stored_once(product, history, note, point):
    repository = product.repository(f"web killed at {point}")
    repository.upload("a1", history.first)
    product.fail_at(point)

    broken = repository.upload("b2", history.second)
    stored = product.rows(
        "SELECT id FROM scans_scan WHERE repository_id = %s AND commit = 'b2'", repository.pk
    )
    status, scan = repository.upload_until_answered("b2", history.second)

    assert broken is None
    assert stored == ([(scan["id"],)] if point == "upload.committed" else [])
    assert (status, scan["counts"]["opened"], scan["counts"]["closed"]) == (201, 200, 300)
    assert repository.holds() == history.held
    note(killed="web process", at=point, findings=history.findings)


@pytest.mark.parametrize("point", KEEPING_POINTS)
def test_a_reception_that_is_sent_again_is_stored_once(product, history, note, point):
    repository = product.repository(f"web killed at {point}")
    repository.upload("a1", history.first)
    product.fail_at(point)

    broken = repository.upload("b2", history.second, **ASYNC)
    kept = len(repository.uploads()) - 1
    status, _ = repository.upload_until_answered("b2", history.second, **ASYNC)
    until(repository.is_done)

    assert (broken, kept, status) == (None, int(point == "upload.received"), 202)
    assert repository.holds() == history.held
    assert repository.bodies() == 0
    note(killed="web process", at=point, findings=history.findings)
