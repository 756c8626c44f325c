"""The process that reads for the web server dies: another one reads, and no client notices."""

import gzip
import os
import signal
from pathlib import Path

import pytest

from bench.reports import generated_report
from tests.faults.product import children_of
from tests.faults.waiting import until

pytestmark = pytest.mark.slow

RESULTS = 40_000
# A report of this size takes more than a second of the reader; starting it takes a fifth of one.
BUSY_TICKS = 50


def readers(product):
    """Of the only worker of the web server."""
    (web,) = children_of(product.web.pid)
    return children_of(web)


def ticks(pid):
    """The processor's time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_reader_that_is_killed_at_work_is_replaced_and_the_upload_is_answered(product, note):
    repository = product.repository("reader killed")
    body = gzip.compress(generated_report(RESULTS), compresslevel=1)
    (reader,) = until(lambda: readers(product))
    idle = ticks(reader)

    with product.in_background(repository.upload, "a1", body) as answer:
        until(lambda: ticks(reader) > idle + BUSY_TICKS)
        os.kill(reader, signal.SIGKILL)

    status, scan = answer()
    assert (status, scan["counts"]["opened"]) == (201, RESULTS)
    assert reader not in readers(product)
    assert len(readers(product)) == 1
    assert repository.uploads() == [("a1", "completed", 0)]
    note(killed="reader of the web server", at="reading", findings=RESULTS)
