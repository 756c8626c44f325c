"""Log lines that nobody can forge: what a stranger sent is escaped, and stays on its line."""

import json
import logging
import time
from typing import Any

from codestax.common.request_ids import current_request_id

MOST_CHARS = 2000
_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "codestax.common.logs.OneLineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "codestax.common.logs.JsonFormatter"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    # It tells of each attempt to reach a database that is away; the supervisor says so once.
    # Of refused requests codestax.refusals says more than Django does.
    "loggers": {"psycopg.pool": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}


def logging_of(*, formatter: str, authentications: bool) -> dict[str, Any]:
    """Django's LOGGING: lines as `plain` text or as `json`, with or without what
    codestax.common.authentications tells.
    """
    console = {"class": "logging.StreamHandler", "formatter": formatter}
    level = "INFO" if authentications else "WARNING"
    loggers = {**_LOGGING["loggers"], "codestax.common.authentications": {"level": level}}
    return _LOGGING | {"handlers": {"console": console}, "loggers": loggers}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"


def one_line(text: str) -> str:
    """Escape what is not printable, and cut what is long."""
    cut = _cut(text)
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


class OneLineFormatter(logging.Formatter):
    """A record is one line: its time in UTC (ISO 8601), and the request that it belongs to.

    Of a traceback every line is indented, so that none looks like a record.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = one_line(record.message)
        record.request_id = current_request_id.get()
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {one_line(line)}" for line in lines)


class JsonFormatter(OneLineFormatter):
    """A record is one object in one line of ASCII, for what collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "request_id": current_request_id.get(),
            "message": _cut(record.getMessage()),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        # JSON escapes every control character but this one.
        return json.dumps(fields).replace("\x7f", "\\u007f")
