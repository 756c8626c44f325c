"""Answers to what no view has answered; below /api they are JSON like every other error."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": "The request is not valid."}, status=400)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": "This is not allowed."}, status=403)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": "Not found."}, status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _unavailable(request)
    if _is_api(request):
        detail = "The server failed on this request; nothing was changed."
        return JsonResponse({"detail": detail}, status=500)
    return defaults.server_error(request)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """The database is away: no fault of the request, which may be sent again."""
    detail = "The database does not answer for the moment; send the request again."
    answer: HttpResponse = JsonResponse({"detail": detail})
    if not _is_api(request):
        # Without the request: what it knows of its user stands in the database.
        answer = HttpResponse(render_to_string("error.html", {"message": detail}))
    answer.status_code = 503
    answer.headers["Retry-After"] = "5"
    return answer


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
