"""Middleware that every request passes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse


class SlashlessApiMiddleware:
    """Let `/api/…/` answer as `/api/…`.

    A redirect would turn a PUT into a GET in many clients and drop its headers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)


class UnkeptMiddleware:
    """Let nobody keep an answer: neither the browser, whose next user would read it, nor a proxy.

    A view that knows better sets the header itself; static files are answered before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class EncryptedApiMiddleware:
    """Refuse the API over plain HTTP in production.

    A redirect would look like an answer, while the key has already gone over the wire in clear
    (draft-ietf-httpapi-privacy, "Protecting Credentials with HTTP APIs").
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if refused and request.path_info.startswith("/api/"):
            return JsonResponse(
                {"detail": "Use https, and replace the credential that was just sent in clear."},
                status=403,
            )
        return self.get_response(request)
