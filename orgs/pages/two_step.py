from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from orgs.domain.roles import Role
from orgs.pages.form_page import FormPage
from orgs.pages.forms import ConfirmedCodeForm, TwoStepForm
from orgs.pages.scoping import OrganizationPage, SignedInPage
from orgs.pages.sign_in import LocalNext
from orgs.services import passwords, second_factor, two_step

_SET_UP_SECONDS = 3600


class _TwoStepPage(SignedInPage, FormPage):
    """A page of nobody's organization: one of them may ask for this before anything else.

    Its form has the present password, which is asked for before the code is looked at.
    """

    of_whole_account = True

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.MFA_ENABLED:
            raise Http404
        return super().answer(request, *args, **kwargs)

    def owes_second_step(self) -> bool:
        return False  # this is where it is set up

    def confirm(self, form: Any) -> None:
        passwords.confirm_password(user=self.user, password=form.cleaned_data["password"])


class TwoStep(LocalNext, _TwoStepPage):
    """Set up the second step: show the secret to the app, and take its first code. Then go on to
    `next`, where that is a page of ours.

    The secret comes back with the form, signed for this person, so that nothing is stored before
    the app has it.
    """

    form_class = TwoStepForm
    template_name = "orgs/two_step.html"
    next_page = "dashboard"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_factor.is_on(self.user):
            return redirect("dashboard-settings")
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"secret": self._signer.sign(second_factor.new_secret())}

    def accept(self, form: Any) -> HttpResponse:
        secret = self._secret_of(form)
        if secret is None:
            messages.warning(self.request, "Begin again: this page was open for too long.")
            return redirect("two-step")
        self.confirm(form)
        codes = two_step.turn_on(
            request=self.request,
            user=self.user,
            secret=secret,
            code=form.cleaned_data["code"],
            revoke_keys=form.cleaned_data["revoke_keys"],
        )
        return _shown_once(self, codes, "Two-step sign-in is on", self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = self._secret_of(context["form"])
        return context | {
            "secret": secret,
            "picture": secret and self._picture(secret),
            "next": self.get_redirect_url(),
            "is_required": settings.MFA_REQUIRED,
        }

    def _picture(self, secret: str) -> str:
        address = second_factor.address_of(secret, self.user)
        return str(segno.make(address).svg_data_uri(scale=4, dark="#000", light="#fff"))

    def _secret_of(self, form: Any) -> str | None:
        try:
            return self._signer.unsign(form["secret"].value() or "", max_age=_SET_UP_SECONDS)
        except signing.BadSignature:
            return None

    @property
    def _signer(self) -> signing.TimestampSigner:
        return signing.TimestampSigner(salt=f"two-step of {self.user.pk}")


class _CodePage(_TwoStepPage):
    """What a code is asked for, and not an open session alone."""

    form_class = ConfirmedCodeForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not second_factor.is_on(self.user):
            return redirect("two-step")
        return super().get(request, *args, **kwargs)


class RecoveryCodes(_CodePage):
    """New recovery codes, in place of the ones before."""

    template_name = "orgs/new_recovery_codes.html"

    def accept(self, form: Any) -> HttpResponse:
        self.confirm(form)
        codes = two_step.renew_recovery_codes(user=self.user, code=form.cleaned_data["code"])
        return _shown_once(self, codes, "New recovery codes", reverse("dashboard"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = second_factor.recovery_codes_left(self.user)
        return super().get_context_data(codes_left=left, **kwargs)


class TwoStepOff(_CodePage):
    template_name = "orgs/two_step_off.html"

    def accept(self, form: Any) -> HttpResponse:
        self.confirm(form)
        two_step.turn_off(request=self.request, user=self.user, code=form.cleaned_data["code"])
        messages.success(self.request, "Two-step sign-in is off. Your other sessions have ended.")
        return redirect("dashboard-settings")


class TwoStepRequirement(OrganizationPage):
    """Ask it of all members, or leave it to them."""

    http_method_names = ["post"]
    write_role = Role.OWNER

    def post(self, request: HttpRequest) -> HttpResponse:
        if not settings.MFA_ENABLED:
            raise Http404
        required = request.POST.get("required") == "yes"
        two_step.require(acting=self.membership, organization=self.organization, required=required)
        said = "is required of all members" if required else "is left to the members"
        messages.success(request, f"Two-step sign-in {said}.")
        return redirect("dashboard-settings")


def _shown_once(page: _TwoStepPage, codes: list[str], heading: str, onward: str) -> HttpResponse:
    context = {"codes": codes, "heading": heading, "onward": onward}
    return page.response_class(page.request, "orgs/recovery_codes.html", context)
