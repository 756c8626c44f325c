"""Whose rows a request sees: nobody's, until its credential says whose."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from codestax.common.tenancy import STAFF, Scope, current_scope, scoped


class TenancyMiddleware:
    """Open a scope around each request; authentication enters an organization in it.

    Support staff's pages go across organizations. They do so once staff have signed in: until then
    the admin's own pages see nobody's rows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with scoped(Scope()):
            return self.get_response(request)

    def process_view(self, request: Any, *view: Any) -> None:
        is_theirs = request.resolver_match.app_name == "admin"
        if is_theirs and admin.site.has_permission(request):
            current_scope.set(Scope(STAFF))
