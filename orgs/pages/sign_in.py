from typing import Any

from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from orgs.pages.form_page import FormPage
from orgs.pages.forms import SignInForm
from orgs.services import sessions


class SignIn(RedirectURLMixin, FormPage):
    """Sign in and go on to `next`, where that is a page of ours."""

    form_class = SignInForm
    template_name = "orgs/sign_in.html"
    next_page = "dashboard"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def accept(self, form: Any) -> HttpResponse:
        sessions.start_session(request=self.request, **form.cleaned_data)
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.end_session(request=request)
    return redirect("login")
