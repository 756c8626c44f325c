"""A worker that dies at any point: every upload is finished once, exactly, and without a hand."""

import time

import pytest

from tests.faults.product import ASYNC, is_running
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow

# A worker's way through an upload: the point, and how many attempts there are if it dies there.
POINTS = [
    ("upload.called", 1),
    ("upload.claimed", 2),
    ("upload.parsing", 2),
    ("upload.parsed", 2),
    ("upload.copying", 2),
    ("upload.stored", 2),
    ("upload.committing", 2),
    ("upload.committed", 1),
    ("upload.acknowledging", 1),
]


@pytest.mark.parametrize(("point", "attempts"), POINTS)
def test_a_worker_killed_at_any_point_leaves_no_trace(product, history, note, point, attempts):
    repository = product.repository(f"killed at {point}")
    repository.upload("a1", history.first, **ASYNC)
    until(repository.is_done)

    product.fail_at(point)
    repository.upload("b2", history.second, **ASYNC)
    until(product.has_failed)
    until(repository.is_done)

    assert repository.holds() == history.held
    assert repository.uploads() == [("a1", "completed", 1), ("b2", "completed", attempts)]
    assert (repository.stored(), repository.bodies()) == (2, 0)
    note(killed="worker", at=point, findings=history.findings, attempts=attempts)


def test_a_worker_killed_in_a_first_copy_leaves_no_trace(product, history, note):
    repository = product.repository("killed in the first copy")
    product.fail_at("upload.copying")
    repository.upload("a1", history.first, **ASYNC)
    until(product.has_failed)
    until(repository.is_done)
    repository.upload("b2", history.second, **ASYNC)
    until(repository.is_done)

    assert repository.holds() == history.held
    assert repository.uploads() == [("a1", "completed", 2), ("b2", "completed", 1)]
    assert (repository.stored(), repository.bodies()) == (2, 0)
    note(killed="worker", at="the first report's COPY", findings=history.findings)


def test_a_supervisor_killed_with_its_worker_is_made_good_by_a_new_one(product, history, note):
    repository = product.repository("power cut")
    repository.upload("a1", history.first, **ASYNC)
    until(repository.is_done)
    product.fail_at("upload.copying", "wait")
    repository.upload("b2", history.second, **ASYNC)
    until(lambda: ("b2", "storing", 1) in repository.uploads())

    product.kill_worker()
    product.fail_point.unlink()
    assert repository.uploads()[-1] == ("b2", "storing", 1)
    # As if the rest of the lease's minute had passed.
    product.run("UPDATE scans_upload SET lease_until = now() WHERE finished_at IS NULL")
    product.start_worker()
    until(repository.is_done)

    assert repository.holds() == history.held
    assert repository.uploads()[-1] == ("b2", "completed", 2)
    note(killed="supervisor and worker", at="upload.copying", attempts=2)


def test_a_worker_whose_supervisor_is_killed_finishes_and_ends(product, history, note):
    repository = product.repository("orphan")
    product.fail_at("upload.parsed", "wait")
    repository.upload("a1", history.first, **ASYNC)
    until(lambda: ("a1", "parsing", 1) in repository.uploads())
    (child,) = product.worker_children()

    product.worker.kill()
    product.worker.wait()
    time.sleep(0.5)  # it sees that within 0.2 seconds
    product.fail_point.unlink()
    until(repository.is_done)
    until(lambda: not is_running(child))

    assert repository.uploads() == [("a1", "completed", 1)]
    note(killed="supervisor", at="upload.parsed", attempts=1)
    product.start_worker()


def test_a_worker_that_is_told_to_stop_finishes_its_report(product, history, note):
    repository = product.repository("told to stop")
    product.fail_at("upload.parsed", "wait")
    repository.upload("a1", history.first, **ASYNC)
    until(lambda: ("a1", "parsing", 1) in repository.uploads())

    product.worker.terminate()
    product.worker.terminate()
    time.sleep(0.5)
    product.fail_point.unlink()

    assert product.worker.wait(timeout=30) == 0
    assert repository.uploads() == [("a1", "completed", 1)]
    note(told_to_stop="worker", at="upload.parsed", attempts=1)
    product.start_worker()


def test_uploads_are_taken_in_after_the_queue_was_emptied(product, note):
    repositories = [product.repository(f"forgotten {number}") for number in range(5)]
    product.fail_at("upload.called", "wait")
    for repository in repositories:
        repository.upload("a1", report(result()), **ASYNC)

    product.run(
        """TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
        procrastinate_workers"""
    )
    product.fail_point.unlink()
    until(lambda: all(repository.is_done() for repository in repositories), 60)

    assert [repository.uploads() for repository in repositories] == [[("a1", "completed", 1)]] * 5
    note(emptied="the queue's tables", waiting=5, completed=5)


def test_a_report_that_ends_its_worker_each_time_is_given_up_and_holds_up_nobody(product, note):
    poison, other = product.repository("poison"), product.repository("beside it")
    # Held before it is claimed, until the fault is set that is for this upload alone.
    product.fail_at("upload.called", "wait")
    poison.upload("a1", report(result()), **ASYNC)
    poisonous = poison.newest_upload()
    other.upload("a1", report(result()), **ASYNC)
    product.fail_at(f"upload.parsing:{poisonous}", "exit")

    until(other.is_done)
    assert not poison.is_done()
    until(poison.is_done)
    product.fail_point.unlink()

    assert poison.uploads() == [("a1", "failed", 4)]
    assert "ended its worker 3 times" in poison.reason()
    assert other.uploads() == [("a1", "completed", 1)]
    assert poison.bodies() == 0
    note(ended="worker", at="upload.parsing, each time", attempts=3, other_waited=other.waited())


def test_work_goes_on_after_a_report_was_given_up(product):
    repository = product.repository("after the poison")

    repository.upload("a1", report(result()), **ASYNC)
    until(repository.is_done, 10)

    assert repository.uploads() == [("a1", "completed", 1)]
