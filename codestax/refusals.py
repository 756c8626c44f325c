"""One line of the log for each refused request: who asked for what, from where.

A refusal changes nothing, so it stands in nobody's audit log; whoever runs the product sees here
who tries what they may not.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from codestax.access_log import masked
from codestax.common.context import client_ip

logger = logging.getLogger(__name__)
_REFUSED = range(400, 500)


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in _REFUSED:
            logger.warning(
                "%d %s %s user=%s key=%s ip=%s",
                response.status_code,
                request.method,
                masked(request.path),
                _email(request),
                getattr(getattr(getattr(request, "auth", None), "key", None), "prefix", "-"),
                client_ip(request) or "-",
            )
        return response


def _email(request: Any) -> str:
    """Who had been found out by then: nobody is looked up to be named here."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "email", "-")
