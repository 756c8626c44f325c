"""Requests that the database undid for the sake of others, answered by running them again.

Of transactions that wait for each other PostgreSQL undoes one, and one that it cannot put into an
order with others. Nothing of it is left, and the same thing done again most often succeeds. That
is all that is repeated here: what was undone for another reason (a statement that took too long, a
connection lost, maybe in the middle of its commit) is 503, and whoever asked decides.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Any, cast

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

from codestax.common.tenancy import current_scope

MOST_REPEATS = 3
# Two that met once shall not meet again: each waits for a time of its own, longer each time.
_PAUSE_SECONDS = 0.05
_UNDONE = {"40P01": "deadlock", "40001": "serialization failure"}

logger = logging.getLogger(__name__)


class RepeatMiddleware:
    """Run a view again, up to three times, where its transaction was undone for another's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        """The last of the middlewares to be asked, so that the others have done their checks."""
        scope, commits = current_scope.get(), _commits()
        for repeat in range(1, MOST_REPEATS + 1):
            try:
                return view(request, *args, **kwargs)
            except OperationalError as error:
                reason = _UNDONE.get(_state(error))
                nothing_stays = not connection.in_atomic_block and _commits() == commits
                if reason is None or not nothing_stays or not _has_body_still(request):
                    raise
            logger.warning("Undone by the database (%s); repeat %d.", reason, repeat)
            current_scope.set(scope)
            time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**repeat))  # noqa: S311 - no secret
        return view(request, *args, **kwargs)


def _state(error: OperationalError) -> str:
    """The SQLSTATE that the server gave; "" where it could give none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _commits() -> int:
    """How many transactions this thread has committed: of several in a request, none may stay."""
    return cast("int", cast("Any", connection).commits)


def _has_body_still(request: HttpRequest) -> bool:
    """A report is read as a stream and gone then; every other body is kept by the request."""
    known: Any = request
    return not known._read_started or hasattr(known, "_body")
