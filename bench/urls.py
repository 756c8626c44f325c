"""The product's routes, and three to measure them against, behind the same middleware.

A bare JSON view: no credentials, no query. A bare write: one row and a commit. And a bare page: the
session, the organization and the frame around an empty middle.
"""

import json

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from codestax.common.tenancy import acting_for
from codestax.urls import handler404, handler500
from codestax.urls import urlpatterns as product_urls
from compliance.models import FrameworkSelection
from orgs.pages.scoping import OrganizationPage

__all__ = ["handler404", "handler500"]


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "repo_id": 7, "score": 72})


@csrf_exempt
def bare_write(request: HttpRequest) -> JsonResponse:
    json.loads(request.body)
    # All rows that a scope of one organization shows: the first's, and it has one.
    with transaction.atomic(), acting_for(1):
        changed = FrameworkSelection.objects.update(updated_at=timezone.now())
    return JsonResponse({"changed": changed})


class BarePage(OrganizationPage):
    template_name = "base.html"


urlpatterns = [
    *product_urls,
    path("bare", bare),
    path("bare-write", bare_write),
    path("bare-page", BarePage.as_view()),
]
