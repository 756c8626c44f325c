"""The product's routes and a bare JSON view: no credentials, no query, the same middleware."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from codestax.urls import handler404, handler500
from codestax.urls import urlpatterns as product_urls

__all__ = ["handler404", "handler500"]


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "repo_id": 7, "score": 72})


urlpatterns = [*product_urls, path("bare", bare)]
