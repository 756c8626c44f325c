"""Many uploads at once: the same one, and those of jobs that run side by side."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.product import ASYNC
from tests.faults.waiting import until
from tests.scans.sarif import report, result

pytestmark = pytest.mark.slow
TOOLS = ("Bandit", "Semgrep", "CodeQL", "Trivy")
COMMITS = ("a1", "b2", "c3")


@pytest.fixture(scope="module")
def product(new_product):
    """A web server and a worker with two processes."""
    made = new_product(WORKER_PROCESSES="2")
    made.start_web()
    made.start_worker()
    return made


def at_once(send, cases):
    """What `send` returned for each of the cases, eight at a time."""
    with ThreadPoolExecutor(8) as crowd:
        return list(crowd.map(lambda case: send(*case), cases))


@pytest.mark.parametrize("mode", [{}, ASYNC], ids=["at once", "later"])
def test_fifty_identical_uploads_are_one_scan(product, history, note, mode):
    repository = product.repository(f"crowd {mode}")
    key = {"Idempotency_Key": f"crowd-{repository.pk}"}
    keys = [{} if number % 2 else key for number in range(50)]

    # A key whose first request is still at work is answered 409: then it is sent again.
    def send(key):
        def answered():
            answer = repository.upload("a1", history.first, **mode, **key)
            assert answer is not None
            return answer if answer[0] != 409 else None

        return until(answered)

    answers = at_once(send, [(key,) for key in keys])
    until(repository.is_done)

    assert {status for status, _ in answers} == {202 if mode else 201}
    assert len({scan["id"] for _, scan in answers}) == 1
    assert repository.counts("a1") == {"opened": 1500, "closed": 0, "unchanged": 0}
    assert repository.holds()["findings"][0][:2] == (1500, 1500)
    assert repository.bodies() == 0
    note(sent=50, scans=1, findings=1500, server_errors=0)


def reports():
    """(commit, tool, body): each tool finds other things in each commit."""
    return [
        (commit, tool, report(*[result(path=f"{tool}/{n}.py", line=n) for n in found], tool=tool))
        for commit, found in zip(COMMITS, (range(1, 80), range(20, 90), range(10, 60)), strict=True)
        for tool in TOOLS
    ]


@pytest.fixture(scope="module")
def one_by_one(product):
    """What a repository holds after all reports in the order of their commits, one at a time."""
    calm = product.repository("one by one")
    for commit, _, body in reports():
        calm.upload(commit, body)
    return calm.holds()


@pytest.mark.parametrize("mode", [{}, ASYNC], ids=["at once", "later"])
def test_tools_that_run_side_by_side_for_a_commit_are_counted_exactly(
    product, one_by_one, note, mode
):
    repository = product.repository(f"side by side {mode}")

    for commit in COMMITS:
        cases = [(commit, body) for of, _, body in reports() if of == commit]
        answers = at_once(lambda *case: repository.upload(*case, **mode), cases)
        until(repository.is_done)
        assert {status for status, _ in answers} == {202 if mode else 201}

    assert repository.holds() == one_by_one
    note(sent=f"{len(TOOLS)} tools side by side, {len(COMMITS)} commits", as_one_by_one=True)


@pytest.mark.parametrize("mode", [{}, ASYNC], ids=["at once", "later"])
def test_commits_in_any_order_leave_the_history_that_their_order_leaves(
    product, one_by_one, note, mode
):
    repository = product.repository(f"any order {mode}")
    days = {commit: f"2026-01-0{day}T00:00:00Z" for day, commit in enumerate(COMMITS, 1)}
    cases = [(f"{commit}&committed_at={days[commit]}", body) for commit, _, body in reports()]
    random.Random(7).shuffle(cases)  # noqa: S311 - the same order in each run

    answers = at_once(lambda *case: repository.upload(*case, **mode), cases)
    until(repository.is_done)

    assert {status for status, _ in answers} == {202 if mode else 201}
    for part in ("findings", "scans"):  # what a report opened depends on what was there before it
        assert repository.holds()[part] == one_by_one[part]
    note(sent=f"{len(cases)} reports in any order", as_one_by_one=True)
