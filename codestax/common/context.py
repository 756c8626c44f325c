"""The request being answered, for what must know it without being handed it (the audit log)."""

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

USER_AGENT_CHARS = 512

# The request itself and not its user: the API authenticates after the middleware has run and
# writes the user back to this object.
current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = current_request.set(request)
        try:
            return self.get_response(request)
        finally:
            current_request.reset(token)


def client_ip(request: HttpRequest) -> str | None:
    """The client's address; of X-Forwarded-For only what trusted proxies added is believed."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies:
        address = hops[-proxies].strip()
    return _valid_ip(address)


def user_agent(request: HttpRequest) -> str:
    raw = request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARS]
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in raw)


def _valid_ip(text: str) -> str | None:
    if "%" in text:  # an IPv6 zone of any length, which PostgreSQL does not store
        return None
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return None
