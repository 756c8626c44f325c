from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from orgs.pages.form_page import FormPage
from orgs.pages.forms import EndSessionForm
from orgs.pages.scoping import SignedInPage
from orgs.services import open_sessions, sessions
from orgs.services.open_sessions import OpenSession

# What the form names all sessions but the present one.
OTHERS = "others"
# Programs sign in for tokens again and again; all are ended together, and each by its name.
_MOST_SHOWN = 50


class Sessions(SignedInPage, FormPage):
    """Where the reader is signed in; the form ends one of these sessions, or all others.

    A page of nobody's organization, as the second step's: support staff have sessions too.
    """

    form_class = EndSessionForm
    template_name = "orgs/sessions.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        names = (one.name for one in self.others)
        return {
            **super().get_form_kwargs(),
            "names": [OTHERS, *names],
            "is_confirmed": open_sessions.is_fresh(self.request),
        }

    def accept(self, form: Any) -> HttpResponse:
        which = form.cleaned_data["which"]
        password = form.cleaned_data.get("password", "")
        if which == OTHERS:
            open_sessions.end_others(request=self.request, password=password)
            messages.success(self.request, "Your other sessions have ended.")
        else:
            open_sessions.end_one(request=self.request, name=which, password=password)
            messages.success(self.request, "The session has ended.")
        return redirect("dashboard-sessions")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            this=next((one for one in self._found if one.is_this), None),
            others=self.others[:_MOST_SHOWN],
            more=len(self.others[_MOST_SHOWN:]),
            is_limited=self.only_organization is not None,
            came_through=sessions.through(self.request) is not None,
            has_settings=bool(self.memberships),
            **kwargs,
        )

    @cached_property
    def others(self) -> list[OpenSession]:
        return [one for one in self._found if not one.is_this]

    @cached_property
    def _found(self) -> list[OpenSession]:
        return open_sessions.open_sessions(self.request)
