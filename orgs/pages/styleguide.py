from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from orgs.pages.forms import KeyForm
from orgs.pages.scoping import OrganizationPage


class Styleguide(OrganizationPage):
    """Every component on one page, for those who work on them; absent unless DEBUG is on."""

    template_name = "dashboard/styleguide.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = KeyForm({"name": "", "role": "member", "days": "90"}, own_role=self.role)
        return super().get_context_data(form=form, now=timezone.now(), **kwargs)
