"""Hostile uploads to a running server: the answer, the memory that it costs, and what follows.

No time is asserted: what is bounded is work and memory. `python -m bench bad` shows the times.
"""

import socket

import pytest
from django.conf import settings

from bench.server import Accounts
from tests.scans import hostile
from tests.scans.domain import corpus
from tests.scans.serving import served
from tests.scans.test_corpus_uploads import allowed

pytestmark = pytest.mark.slow

MOST_MB = 300
# Unpacked, and once more as the text that was decoded.
HELD_TWICE = {"a text of 200 MB": 450}


@pytest.fixture(scope="module")
def server():
    with served(Accounts.found(settings.VAR_DIR)) as serving:
        yield serving


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_s23_a_bad_report_gets_its_answer_within_bounds(server, name):
    facts = corpus.manifest("bad")[name]

    status, document, _, rise = server.measured(corpus.sent("bad", name))

    assert status in allowed(facts), document
    assert rise < MOST_MB
    assert server.send(hostile.CLEAN)[0] == 201


@pytest.mark.parametrize("name", hostile.UPLOADS)
def test_s22_s23_a_hostile_upload_gets_its_answer_within_bounds(server, name):
    wanted, body, headers = hostile.UPLOADS[name]()

    status, document, _, rise = server.measured(body, headers)

    assert status == wanted, document
    assert rise < HELD_TWICE.get(name, MOST_MB)
    assert server.send(hostile.CLEAN)[0] == 201


def sent_raw(server, headers, body, *, then_close=False):
    """The first line of the answer to a request as it stands, once the server ends it."""
    head = (
        f"POST /api/repos/{server.repository}/scans HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"X-API-Key: {server.key}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode() + body)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split()[1])


CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"%x\r\n%s\r\n" % (len(hostile.CLEAN), hostile.CLEAN)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param("Content-Length: 500", hostile.CLEAN, 400, id="longer than what comes"),
        pytest.param("Content-Length: 10", hostile.CLEAN, 400, id="shorter than what comes"),
        pytest.param("Content-Length: 9" + "9" * 29, b"", 413, id="length of 30 digits"),
        pytest.param("Content-Length: 9" + "9" * 4_999, b"", 400, id="length of 5,000 digits"),
        pytest.param("Content-Length: -1", b"", 400, id="negative length"),
        pytest.param(f"Content-Length: 5\r\n{CHUNKED}", b"0\r\n\r\n", 400, id="length and chunks"),
        pytest.param(CHUNKED, CHUNK, 400, id="chunks without end"),
        pytest.param(CHUNKED, b"zz\r\n", 400, id="a chunk of no size"),
        pytest.param(CHUNKED, b"f" * 20 + b"\r\nx", 400, id="a chunk of too great a size"),
        pytest.param(f"{CHUNKED}\r\nConnection: close", CHUNK + b"0\r\n\r\n", 201, id="chunks"),
    ],
)
def test_s22_a_body_that_is_not_what_it_announces_is_refused_and_holds_no_thread(
    server, headers, body, status
):
    assert sent_raw(server, headers, body) == status
    assert server.send(hostile.CLEAN)[0] == 201


def test_s22_a_body_that_is_cut_off_is_refused_even_where_its_beginning_is_a_report(server):
    assert sent_raw(server, "Content-Length: 500", hostile.CLEAN, then_close=True) == 400


def test_s22_chunks_are_counted_while_they_come(server):
    parts = (b" " * 100_000 for _ in range(400))

    status, document, _, rise = server.measured(parts)

    assert status == 413, document
    assert rise < MOST_MB
