"""Reading in a process of its own: the same as in this one, whatever becomes of that process."""

import gzip
import os
import signal
import socket
from pathlib import Path
from threading import Thread

import pytest

from bench.reports import changed_report, generated_report
from codestax.common.errors import (
    DomainError,
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain.copy_text import storable
from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse_all
from scans.domain.memo import Memory
from scans.domain.request import ReadRequest
from scans.reader import process
from scans.reader.aside import Reader
from scans.reader.channel import Channel

pytestmark = pytest.mark.slow

LIMITS = ReportLimits()
REPORT = generated_report(3_000)


def request(*contents, memory=None, declared_format="", limits=LIMITS):
    return ReadRequest(
        contents=contents,
        limits=limits,
        declared_format=declared_format,
        covers=frozenset({"secrets"}),
        memory=memory or Memory.empty(),
    )


def memory_of(memo):
    return Memory(lambda tool, category: memo, key=b"k" * 32)


@pytest.fixture(scope="module")
def shared_reader():
    reader = Reader(megabytes=0)
    yield reader
    reader.close()


@pytest.fixture
def new_reader():
    made = []

    def make(megabytes=0, **options):
        made.append(Reader(megabytes, **options))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


def pid_of(reader):
    reader.start()
    return reader._child.process.pid


def test_it_reads_what_this_process_reads(shared_reader):
    (here,) = parse_all([REPORT], LIMITS)

    (there,) = shared_reader.read(request(REPORT))

    assert (there.tool, there.results, there.all_rows) == (here.tool, here.results, len(here.rows))
    assert b"".join(there.copy.pieces) == b"".join(storable(here).copy.pieces)


def test_several_reports_are_read_together(shared_reader):
    runs = shared_reader.read(request(REPORT, b'{"bomFormat": "CycloneDX", "specVersion": "1.5"}'))

    assert len(runs) == 2


def test_a_memo_is_asked_for_and_one_is_returned(shared_reader):
    (first,) = shared_reader.read(request(REPORT, memory=memory_of(b"")))
    (again,) = shared_reader.read(request(changed_report(3_000), memory=memory_of(first.memo)))

    assert first.rest is None
    assert again.rest.rows > 2_900
    assert again.all_rows == first.all_rows
    assert len(again.copy.fingerprints) == again.copy.rows


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (request(b"{"), ReportFormatError),
        (request(b'{"a": 1}'), UnsupportedReportError),
        (request(REPORT, limits=ReportLimits(results=10)), ReportTooLargeError),
        (request(REPORT, declared_format="morse"), DomainError),
    ],
    ids=["no JSON", "of no format", "too many results", "unknown format"],
)
def test_a_refusal_is_that_of_this_process(shared_reader, asked, error):
    with pytest.raises(DomainError) as here:
        parse_all(asked.contents, asked.limits, asked.declared_format)

    with pytest.raises(error) as there:
        shared_reader.read(asked)

    assert (type(there.value), there.value.message) == (type(here.value), here.value.message)
    assert there.value.field == here.value.field


def test_what_is_packed_is_unpacked(shared_reader):
    (packed,) = shared_reader.read(request(gzip.compress(REPORT)))

    assert packed.all_rows == 3_000


def test_a_report_that_needs_too_much_memory_is_refused_and_the_next_is_read(new_reader):
    reader = new_reader(megabytes=130)

    with pytest.raises(ReportTooLargeError, match="too large or too complex"):
        reader.read(request(gzip.compress(generated_report(100_000), compresslevel=1)))

    assert len(reader.read(request(REPORT))) == 1


def test_a_process_that_was_killed_is_replaced(new_reader):
    reader = new_reader()
    killed = pid_of(reader)
    os.kill(killed, signal.SIGKILL)

    assert len(reader.read(request(REPORT))) == 1
    assert pid_of(reader) != killed


def test_a_process_that_says_nothing_any_more_is_ended(new_reader):
    reader = new_reader(patience=1)
    stopped = pid_of(reader)
    os.kill(stopped, signal.SIGSTOP)

    with pytest.raises(ReportTooLargeError, match="too large or too complex"):
        reader.read(request(REPORT))

    assert pid_of(reader) != stopped


def test_the_process_knows_no_secret_of_the_one_that_started_it(new_reader, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "nobody-else-knows-this")

    environment = Path(f"/proc/{pid_of(new_reader())}/environ").read_bytes()

    assert b"nobody-else-knows-this" not in environment
    assert b"DATABASE" not in environment


def test_what_fails_while_it_is_asked_leaves_the_reader_able_to_work(new_reader):
    def broken(tool, category):
        raise ConnectionAbortedError

    reader = new_reader()

    with pytest.raises(ReportTooLargeError):
        reader.read(request(REPORT, memory=Memory(broken, key=b"k" * 32)))

    assert len(reader.read(request(REPORT))) == 1


def test_the_process_ends_with_the_connection():
    ours, theirs = socket.socketpair()
    serving = Thread(target=_serve, args=(Channel(theirs),))
    serving.start()

    ours.close()

    serving.join(timeout=20)
    assert not serving.is_alive()


def _serve(channel):
    with pytest.raises(EOFError):
        process.serve(channel)
    channel.close()
