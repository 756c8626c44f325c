"""What a stranger can write into the product's own log lines."""

import io
import json
import logging
import sys

import pytest

from codestax.common.logs import JsonFormatter, OneLineFormatter

pytestmark = pytest.mark.django_db

HOSTILE = {
    "line ends": "a\r\n2026-01-01 INFO forged",
    "escape sequence": "a\x1b[2Jb",
    "NUL": "a\x00b",
    "other line ends": "a\u2028b\x85c\x0bd",
}


@pytest.fixture
def lines():
    """What the installed formatter writes while the test runs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    installed = [one.formatter for one in logging.getLogger().handlers]
    (handler.formatter,) = (one for one in installed if isinstance(one, OneLineFormatter))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_s29_a_logged_text_is_one_line_of_printable_characters(lines, text):
    logging.getLogger("codestax").warning("Not Found: %s", text)

    line = lines.getvalue().removesuffix("\n")
    assert line.isprintable(), ascii(line)
    assert "Not Found: a" in line


@pytest.mark.parametrize("text", [*HOSTILE.values(), "a\x7fb", "\ud800", "é" * 65536])
def test_s29_for_collectors_it_is_one_json_object_in_a_line_of_ascii(text):
    record = logging.makeLogRecord({"name": "codestax", "levelname": "WARNING", "msg": text})

    line = JsonFormatter().format(record)

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == (text if len(text) < 2000 else "é" * 2000 + "…")


def test_s29_a_fault_is_one_json_object_too():
    try:
        raise ValueError("x\r\nforged")
    except ValueError:
        record = logging.makeLogRecord(
            {"msg": "It failed: %s", "args": ("why",), "created": 0.5, "msecs": 500}
        )
        record.exc_info = sys.exc_info()

    line = JsonFormatter().format(record)

    assert line.isprintable()
    told = json.loads(line)
    assert told.keys() == {"time", "level", "logger", "request_id", "message", "exception"}
    assert (told["time"], told["message"]) == ("1970-01-01T00:00:00.500Z", "It failed: why")
    assert told["exception"].endswith("ValueError: x\\r\n  forged")


@pytest.mark.parametrize("path", ["/%0d%0aforged", "/%1b[2J", "/a%00b", "/" + "x" * 65536])
def test_s29_a_hostile_path_is_one_line_of_the_log(client, lines, path):
    client.get(path, headers={"User-Agent": "x" * 65536})

    line = lines.getvalue().removesuffix("\n")
    assert line.isprintable(), ascii(line)
    assert 0 < len(line) < 5_000


def test_s29_a_fault_is_logged_with_its_lines_but_no_others(client, lines, monkeypatch):
    client.raise_request_exception = False

    def broken(*arguments, **options):
        raise ValueError("x\r\n2026-01-01 00:00:00 ERROR forged\x1b[2J")

    monkeypatch.setattr("codestax.health.MigrationExecutor", broken)

    client.get("/healthz/ready")

    written = lines.getvalue()
    assert "\x1b" not in written
    assert "\r" not in written
    assert [line for line in written.splitlines() if line.startswith("2026-01-01")] == []
