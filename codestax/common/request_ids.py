"""A name for each request, in its answer and in every line that is logged while it is answered.

What a client or a proxy sends as `X-Request-ID` is taken over, so that one name goes through all
of a request's way.
"""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_SHAPE = re.compile(r"[A-Za-z0-9-]{1,64}")
# `-` outside of any request.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="-")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "")
        name = sent if _SHAPE.fullmatch(sent) else uuid.uuid4().hex
        token = current_request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response.headers[HEADER] = name
        return response
