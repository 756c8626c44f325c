"""Middleware that every request passes."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


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
