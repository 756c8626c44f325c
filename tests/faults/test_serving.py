"""`serve` with a worker inside: all of its processes end with it, however it ends."""

import os
import signal

import pytest

from tests.faults.product import ASYNC, children_of, is_running
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
STARTS = 4


@pytest.fixture
def product(new_product):
    made = new_product(SERVE_WORKER="true")
    made.start_web()
    return made


def descendants(pid):
    children = children_of(pid)
    return children + [grandchild for child in children for grandchild in descendants(child)]


def test_an_upload_is_taken_in_without_another_command(product):
    repository = product.repository("served")

    repository.upload("a1", report(result()), **ASYNC)
    until(repository.is_done)

    assert repository.uploads() == [("a1", "completed", 1)]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left(product, note, told):
    # The web process and its reader, the supervisor and its worker.
    until(lambda: len(descendants(product.web.pid)) == 4)
    processes = descendants(product.web.pid)

    product.web.send_signal(told)
    returncode = product.web.wait(timeout=40)
    until(lambda: not any(is_running(pid) for pid in processes), 40)

    assert returncode == (-told if told == signal.SIGKILL else 0)
    note(serve=f"ended by {told.name}", processes_left=0)


def test_no_process_is_left_of_a_server_that_is_killed_while_it_starts(new_product, note):
    product = new_product(SERVE_WORKER="true")
    product.begin_web()
    processes = until(lambda: descendants(product.web.pid))

    product.web.kill()
    product.web.wait(timeout=40)

    until(lambda: not any(is_running(pid) for pid in processes), 40)
    note(serve="ended by SIGKILL while it started", processes_left=0)


def test_an_upload_in_work_is_finished_before_the_end(product, note):
    repository = product.repository("in work")
    product.fail_at("upload.parsed", "wait")
    repository.upload("a1", report(result()), **ASYNC)
    until(lambda: ("a1", "parsing", 1) in repository.uploads())

    product.web.terminate()
    product.fail_point.unlink()

    assert product.web.wait(timeout=40) == 0
    assert repository.uploads() == [("a1", "completed", 1)]
    note(serve="ended by SIGTERM", at="upload.parsed in the worker", attempts=1)


def test_a_web_process_that_is_told_to_stop_at_its_start_ends(new_product, note):
    """Its signal handlers are not its own before some milliseconds have gone by."""
    product = new_product()
    product.begin_web()
    told = []

    for _ in range(STARTS):
        # One that ended may be listed still.
        new = until(lambda: set(children_of(product.web.pid)) - set(told), pause=0.0)
        told.append(new.pop())
        os.kill(told[-1], signal.SIGTERM)
        until(lambda: not is_running(told[-1]), 20)

    until(product.is_live, 30)
    note(web_process="ended by SIGTERM at its start", times=STARTS)
