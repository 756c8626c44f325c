"""Who reads while a report is stored and its worker killed sees the old state or the new one."""

import json
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from bench.reports import generated_report
from tests.faults.product import ASYNC
from tests.faults.waiting import until

pytestmark = pytest.mark.slow


class Reader:
    """Asks for the same pages again and again, and keeps what each of them answered."""

    def __init__(self, product, repository):
        self.product = product
        self.pages = {
            "score": f"/api/compliance/score/{repository.pk}",
            "findings": f"/api/repos/{repository.pk}/findings?limit=200",
        }
        self.seen = {name: set() for name in self.pages}

    def read(self, name):
        status, document = self.product.send("GET", self.pages[name])
        assert status == 200
        document.pop("evaluated_at", None)
        text = json.dumps(document, sort_keys=True)
        self.seen[name].add(text)
        return text

    @contextmanager
    def reading(self):
        is_over = Event()

        def read_on():
            while not is_over.is_set():
                for name in self.pages:
                    self.read(name)

        thread = Thread(target=read_on)
        thread.start()
        yield
        is_over.set()
        thread.join()


@pytest.mark.parametrize("point", ["upload.copying", "upload.stored", "upload.committing"])
def test_a_reader_never_sees_a_half_stored_report(product, note, point):
    repository = product.repository(f"read while killed at {point}")
    repository.upload("a1", generated_report(2_000, seed=1))
    reader = Reader(product, repository)
    old = {name: reader.read(name) for name in reader.pages}
    product.fail_at(point)

    with reader.reading():
        repository.upload("b2", generated_report(5_000, seed=2), **ASYNC)
        until(repository.is_done)
    new = {name: reader.read(name) for name in reader.pages}

    assert product.has_failed()
    assert reader.seen == {name: {old[name], new[name]} for name in reader.pages}
    assert all(old[name] != new[name] for name in reader.pages)
    note(killed="worker", at=point, answers="old or new")


def test_a_scan_is_told_as_waiting_until_all_of_it_is_there(product, note):
    repository = product.repository("progress")
    product.fail_at("upload.committing")
    _, scan = repository.upload("a1", generated_report(10_000), **ASYNC)

    def told():
        status, document = product.send("GET", f"/api/scans/{scan['id']}")
        assert status == 200
        found.append((document["status"], document["counts"]["opened"]))
        return document["status"] == "completed"

    found = []
    until(told)

    assert product.has_failed()
    assert set(found) <= {("received", 0), ("parsing", 0), ("storing", 0), ("completed", 10_000)}
    note(killed="worker", at="upload.committing", told=sorted(set(found)))
