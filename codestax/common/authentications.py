"""One line of the log for each request that a credential has let in: whose, how, from where.

Sign-ins are in the audit log, with their factors. What hangs on them, and API keys, comes with
every request: too often for that, and what an investigation of a stolen credential asks for first.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from codestax.common.context import client_ip, current_request

logger = logging.getLogger(__name__)


def note(how: str, user_id: int, *, key: str = "-") -> None:
    """Write the line: `how` names the kind of credential, `key` the public start of an API key."""
    request = current_request.get()
    if request is None or not logger.isEnabledFor(logging.INFO):
        return
    logger.info("%s user=%d key=%s ip=%s", how, user_id, key, client_ip(request) or "-")


class SessionUseMiddleware:
    """The line of a session of the pages. Nobody is looked up for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user: Any = getattr(request, "_cached_user", None)
        if user is not None and user.is_authenticated:
            note("session", user.pk)
        return response
