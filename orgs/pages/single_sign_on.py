"""Single sign-on: the way to an identity provider, the way back, and the settings of it.

The way there is a page and no redirect: the content security policy lets forms go nowhere else.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from codestax.common.errors import DomainError, NotFoundError
from codestax.identity_providers import IdentityProvider
from orgs.pages.form_page import FormPage
from orgs.pages.forms import PasswordForm
from orgs.pages.scoping import SignedInPage, refusal
from orgs.pages.sign_in import LocalNext, to_second_step
from orgs.services import single_sign_on
from orgs.services.single_sign_on import Arrival


def _to(request: HttpRequest, provider: IdentityProvider, address: str) -> HttpResponse:
    return render(request, "orgs/sso_leave.html", {"provider": provider, "address": address})


def _provider(provider_id: str) -> IdentityProvider:
    try:
        return single_sign_on.provider_of(provider_id)
    except NotFoundError as error:
        raise Http404(error.message) from error


@method_decorator(never_cache, name="dispatch")
class SignInThrough(LocalNext, View):
    """Leave for the provider."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, provider_id: str) -> HttpResponse:
        provider = _provider(provider_id)
        try:
            address = single_sign_on.start(
                request=request, provider=provider, next_page=self.get_redirect_url()
            )
        except DomainError as error:
            return refusal(request, error)
        return _to(request, provider, address)


@method_decorator(never_cache, name="dispatch")
class ComeBack(View):
    """Where a provider sends the browser back to."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, provider_id: str) -> HttpResponse:
        provider = _provider(provider_id)
        try:
            arrival = single_sign_on.arrive(request=request, provider=provider)
        except DomainError as error:
            return refusal(request, error)
        return self._onward(request, provider, arrival)

    def _onward(
        self, request: HttpRequest, provider: IdentityProvider, arrival: Arrival
    ) -> HttpResponse:
        if arrival.is_connected:
            messages.success(request, f"{provider.name} is connected: you can sign in with it.")
            return redirect("dashboard-settings")
        if arrival.owes_code:
            return to_second_step(arrival.next or reverse("dashboard"))
        return HttpResponseRedirect(arrival.next or reverse("dashboard"))


class Connection(SignedInPage, FormPage):
    """Connect one's account with who one is at a provider."""

    of_whole_account = True
    form_class = PasswordForm
    template_name = "orgs/sso_connect.html"

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.provider = _provider(self.kwargs["provider_id"])
        return super().answer(request, *args, **kwargs)

    def accept(self, form: Any) -> HttpResponse:
        address = single_sign_on.start_connecting(
            request=self.request,
            user=self.user,
            provider=self.provider,
            password=form.cleaned_data["password"],
        )
        return _to(self.request, self.provider, address)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(provider=self.provider, **kwargs)


class Disconnection(SignedInPage):
    http_method_names = ["post"]
    of_whole_account = True

    def post(self, request: HttpRequest, provider_id: str) -> HttpResponse:
        provider = _provider(provider_id)
        try:
            single_sign_on.disconnect(request=request, user=self.user, provider=provider)
        except NotFoundError as error:
            raise Http404(error.message) from error
        messages.success(
            request, f"{provider.name} is disconnected. Your other sessions have ended."
        )
        return redirect("dashboard-settings")
