"""The product's routes, and two to measure them against, behind the same middleware.

A bare JSON view: no credentials, no query. And a bare page: the session, the organization and the
frame around an empty middle.
"""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from codestax.urls import handler404, handler500
from codestax.urls import urlpatterns as product_urls
from orgs.pages.scoping import OrganizationPage

__all__ = ["handler404", "handler500"]


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "repo_id": 7, "score": 72})


class BarePage(OrganizationPage):
    template_name = "base.html"


urlpatterns = [*product_urls, path("bare", bare), path("bare-page", BarePage.as_view())]
