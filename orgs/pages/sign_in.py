from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import RedirectURLMixin, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from orgs.pages.form_page import FormPage
from orgs.pages.forms import CodeForm, SignInForm
from orgs.services import sessions
from orgs.services.sessions import SignInExpiredError

# Tells a browser to throw away what it holds of the site; it listens over TLS alone.
CLEARED = '"cache", "storage"'


class LocalNext(RedirectURLMixin):
    """Go on to `next` where it is a path of ours: what only may be one leads to the default."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        found = str(super().get_redirect_url(*args, **kwargs))
        return found if found.startswith("/") else ""


class SignIn(LocalNext, FormPage):
    """Sign in and go on to `next`, where that is a page of ours."""

    form_class = SignInForm
    template_name = "orgs/sign_in.html"
    next_page = "dashboard"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def accept(self, form: Any) -> HttpResponse:
        user = sessions.start_session(request=self.request, **form.cleaned_data)
        target = self.get_success_url()
        return HttpResponseRedirect(target) if user else to_second_step(target)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            next=self.get_redirect_url(), providers=settings.OIDC_PROVIDERS.values(), **kwargs
        )


def to_second_step(target: str) -> HttpResponse:
    """Ask for the code, and go on to `target` then."""
    return redirect_to_login(target, login_url="login-code")


class SignInCode(LocalNext, FormPage):
    """The second step, of the dashboard's sign-in and of the support pages'."""

    form_class = CodeForm
    template_name = "orgs/sign_in_code.html"
    next_page = "dashboard"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.half_signed_in(request) is None:
            return redirect("login")
        return super().get(request, *args, **kwargs)

    def accept(self, form: Any) -> HttpResponse:
        try:
            sessions.finish_session(request=self.request, code=form.cleaned_data["code"])
        except SignInExpiredError as error:
            messages.warning(self.request, error.message)
            return redirect("login")
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.end_session(request=request)
    answer = redirect("login")
    answer.headers["Clear-Site-Data"] = CLEARED
    return answer
