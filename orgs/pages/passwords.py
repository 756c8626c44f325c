from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import TemplateView

from orgs.domain.roles import Role
from orgs.models import User
from orgs.pages.form_page import FormPage
from orgs.pages.forms import EmailForm, NewPasswordForm, PasswordChangeForm
from orgs.pages.settings import SettingsPage
from orgs.services import links, mails, passwords


class PasswordChange(SettingsPage, FormPage):
    """Everybody's own business, whatever the role."""

    tab = "dashboard-settings"
    write_role = Role.VIEWER
    form_class = PasswordChangeForm
    template_name = "orgs/password_change.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def accept(self, form: Any) -> HttpResponse:
        passwords.change_password(
            request=self.request,
            user=self.user,
            old=form.cleaned_data["old_password"],
            new=form.cleaned_data["new_password1"],
            revoke_keys=form.cleaned_data["revoke_keys"],
        )
        messages.success(self.request, "Password changed. Your other sessions have ended.")
        return redirect("dashboard-settings")


class PasswordReset(FormPage):
    """Ask for a mail with a link; the answer is the same for every email."""

    form_class = EmailForm
    template_name = "orgs/password_reset.html"

    def accept(self, form: Any) -> HttpResponse:
        email = form.cleaned_data["email"]
        user = passwords.resettable_user(email)
        # Written for who is unknown, too, and thrown away, so that time tells nothing.
        message = mails.password_reset(user or User(pk=0, email=email))
        mails.send_later(message if user else None)
        return redirect("password-reset-sent")


class PasswordResetSent(TemplateView):
    template_name = "orgs/password_reset_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(life=links.life(), **kwargs)


class PasswordResetConfirm(PasswordResetConfirmView):
    """Set the password by a link, which is good once and for PASSWORD_LINK_HOURS."""

    form_class = NewPasswordForm
    token_generator = links.PasswordLinks()
    template_name = "orgs/password_reset_confirm.html"

    def form_valid(self, form: Any) -> HttpResponse:
        user = cast("User", self.user)
        token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        passwords.reset_password(
            user=user,
            new=form.cleaned_data["new_password1"],
            by_mail=links.was_mailed(user, token),
            revoke_keys=form.cleaned_data["revoke_keys"],
        )
        # With the link's token in it, and whoever was signed in here before.
        self.request.session.flush()
        messages.success(self.request, "Password set. Sign in with it.")
        return redirect("login")

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(life=links.life(), **kwargs)
