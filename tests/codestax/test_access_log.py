"""What gunicorn writes of a request: nothing that lets a reader in."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from codestax.access_log import FORMAT, AccessLogger, masked
from orgs.domain.keys import Environment, make_key

KEY = make_key(Environment.TEST).text
START = "_".join(KEY.split("_")[:3])


def line_of(target, **environ):
    """The line of a GET request."""
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
    } | environ
    logger = AccessLogger(Config())
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    return FORMAT % logger.atoms_wrapper_class(
        logger.atoms(answer, SimpleNamespace(headers=[]), environ, timedelta(seconds=1))
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/api/repos", "/api/repos"),
        ("/api/repos?", "/api/repos?"),
        (f"/api/repos?api_key={KEY}&limit=5", "/api/repos?***"),
        (f"/api/repos?{KEY}", "/api/repos?***"),
        ("/login?next=/x?token=y", "/login?***"),
        (f"/api/keys/{KEY}", f"/api/keys/{START}"),
        ("/password/reset/MQ/abc123-0123456789abcdef", "/password/reset/***"),
        ("/password/reset/sent", "/password/reset/sent"),
        ("/password/reset", "/password/reset"),
    ],
    ids=range(9),
)
def test_s12_the_query_and_secrets_of_an_address_are_masked(target, shown):
    assert masked(target) == shown
    assert f'"GET {shown} HTTP/1.1" 200' in line_of(target)


def test_s12_no_other_part_of_a_line_holds_a_key():
    line = line_of(
        "/",
        HTTP_REFERER=f"https://example.com/?key={KEY}",
        HTTP_USER_AGENT=f"pipeline {KEY}",
        HTTP_AUTHORIZATION="Basic Y3BsX2xpdmU6",
    )

    assert KEY not in line
    assert "cpl_test:" not in line
    assert START in line


def test_nothing_that_a_client_sends_reaches_the_terminal():
    line = line_of("/\x1b[2J", HTTP_USER_AGENT='x" 200\r\n192.0.2.9 "GET /admin')

    assert line.isprintable()
