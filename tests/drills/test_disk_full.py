"""R9: PostgreSQL has no room for what an upload or a change writes.

Here it says so at one row (SQLSTATE 53100), wherever that is wanted. `python -m tests.drills.disk`
fills a true disk up.
"""

import pytest

from tests.drills.toxic import SELECTIONS, fault, refused
from tests.faults.product import ASYNC
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
DISK_FULL = refused("53100")
REPORT = report(*(result(path=f"src/{number}.py") for number in range(20)))


def is_503_that_may_be_sent_again(answer):
    named = {"Retry-After", "X-Request-ID"} <= answer.headers.keys()
    return answer.status == 503 and named


def uploads(product, repository, **headers):
    path = f"/api/repos/{repository.pk}/scans?commit=a1"
    return product.ask("POST", path, REPORT, **headers)


def reads(product, repository):
    paths = (f"/api/compliance/score/{repository.pk}", f"/api/repos/{repository.pk}/findings")
    return [product.ask("GET", path).status for path in paths]


@pytest.mark.parametrize("table", ["scans_finding", "scans_analysis", "audit_auditlogsaas"])
def test_r9_a_report_without_room_is_503_and_nothing_of_it_is_stored(product, figure, table):
    repository = product.repository(f"no room in {table}")

    with fault(product, DISK_FULL, times=1, table=table):
        refused_answer = uploads(product, repository)
        read = reads(product, repository)
    held = repository.holds()
    again = uploads(product, repository)

    assert is_503_that_may_be_sent_again(refused_answer)
    assert read == [200, 200]
    assert held == {"findings": [(0, 0, None)], "scans": [], "analyses": []}
    assert (again.status, repository.scans()) == (201, ["a1"])
    figure(answer=refused_answer.status, again=again.status)


@pytest.fixture(scope="module")
def with_worker(new_product):
    """One of its own: a worker of the shared one belongs to other tests."""
    made = new_product()
    made.start_web()
    made.start_worker()
    return made


def test_r9_a_report_that_cannot_be_kept_for_a_worker_is_503_and_leaves_nothing(
    with_worker, figure
):
    product = with_worker
    repository = product.repository("no room for the body")

    with fault(product, DISK_FULL, times=1, table="scans_uploadbody"):
        refused_answer = uploads(product, repository, **ASYNC)
    kept = (repository.uploads(), repository.bodies())
    again = uploads(product, repository, **ASYNC)
    until(repository.is_done)

    assert is_503_that_may_be_sent_again(refused_answer)
    assert kept == ([], 0)
    assert (again.status, repository.scans()) == (202, ["a1"])
    figure(answer=refused_answer.status, again=again.status)


def test_r9_what_a_worker_has_no_room_for_is_stored_when_there_is(with_worker, figure):
    product = with_worker
    repository = product.repository("no room at the worker")

    with fault(product, DISK_FULL, times=1, table="scans_finding") as tries:
        uploads(product, repository, **ASYNC)
        until(lambda: tries() > 1)
    until(repository.is_done)

    ((_, status, attempts),) = repository.uploads()
    assert (status, attempts) == ("completed", 2)
    assert repository.counts("a1")["opened"] == 20
    figure(attempts=attempts, findings=20)


def test_r9_a_change_without_room_is_503_and_changes_nothing(product, ledger, figure):
    assert ledger.write().status == 200

    with fault(product, DISK_FULL, times=1, table=SELECTIONS):
        answer = ledger.write()

    assert is_503_that_may_be_sent_again(answer)
    assert len(ledger.kept()) == 1
    assert ledger.write().status == 200
    ledger.check()
    ledger.verify()
    figure(answer=answer.status, audit_entries=0)
