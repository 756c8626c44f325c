"""Gunicorn's access log without anything in it that opens a door.

People send keys and tokens in the query by mistake, and a link that sets a password is good to
whoever reads it.
"""

import re
from typing import Any

from gunicorn.glogging import Logger, SafeAtoms

from codestax.common.logs import one_line
from orgs.domain.keys import without_secrets

MASK = "***"
# Gunicorn's own without the user of Basic authentication and the referrer, which has a query too.
FORMAT = '%(h)s %(t)s "%(r)s" %(s)s %(b)s "%(a)s" %({x-request-id}o)s'
_LINK = re.compile(r"(?<=/password/reset/)(?!sent\b).+")


def masked(target: str) -> str:
    """`/path?name=value` as `/path?***`, and of a path that holds a secret only the start."""
    path, mark, query = target.partition("?")
    return _LINK.sub(MASK, without_secrets(path)) + mark + (MASK if query else "")


class OneLineAtoms(SafeAtoms):
    """The parts of a line, each escaped."""

    def __getitem__(self, name: str) -> str:
        return one_line(super().__getitem__(name))


class AccessLogger(Logger):
    """Set as gunicorn's `logger_class`, with FORMAT."""

    atoms_wrapper_class = OneLineAtoms

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        found = super().atoms(resp, req, environ, request_time)
        line = f"{found['m']} {masked(environ['RAW_URI'])} {found['H']}"
        return found | {"r": line, "a": without_secrets(found["a"])}
