"""The support staff's site: its sign-in is guarded and audited as the dashboard's is."""

from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView, redirect_to_login
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from orgs.domain.keys import without_secrets
from orgs.models import User
from orgs.pages.form_page import FormPage
from orgs.pages.scoping import owes_second_step
from orgs.pages.sign_in import CLEARED, LocalNext, to_second_step
from orgs.services import passwords, sessions

# A form that searches is posted, so that a key that somebody pastes into it is in no address.
POSTED_SEARCH = "_search"


class SupportSite(AdminSite):
    """An admin site that never keeps a key in an address, and lets nobody guess passwords."""

    site_header = site_title = "CodeStax support"
    site_url = None  # staff are no customers: the dashboard has nothing for them
    index_title = "Organizations and what belongs to them"

    def has_permission(self, request: HttpRequest) -> bool:
        """Nobody whom one organization's identity provider has let in."""
        return super().has_permission(request) and sessions.only_organization(request) is None

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """None of django-allauth's tables has a page: one keeps secrets, the others nothing."""
        is_one = isinstance(model_or_iterable, ModelBase)
        models = [model_or_iterable] if is_one else model_or_iterable
        ours = [model for model in models if model.__module__.partition(".")[0] != "allauth"]
        super().register(ours, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        answer = super().admin_view(view, cacheable)

        @wraps(answer)
        def without_keys(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            # First of all: a sign-in that comes between would carry the address on.
            elsewhere = _to_clean_address(request) or self._to_set_up(request)
            return elsewhere or answer(request, *args, **kwargs)

        return without_keys

    def _to_set_up(self, request: HttpRequest) -> HttpResponse | None:
        """Lead staff to the second step that is required of everybody, and back to these pages."""
        if not self.has_permission(request) or not owes_second_step(request, None):
            return None
        return redirect_to_login(reverse("admin:index"), login_url="two-step")

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        index = reverse("admin:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = self.each_context(request) | {
            "title": "Sign in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = index
        context |= extra_context or {}
        return cast("HttpResponse", _StaffSignIn.as_view(extra_context=context)(request))

    @method_decorator(never_cache)
    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        if request.method == "POST":
            sessions.end_session(request=request)
        answer = super().logout(request, extra_context)
        answer.headers["Clear-Site-Data"] = CLEARED
        return answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        view = _StaffPasswordChange.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return cast("TemplateResponse", view(request))


def _to_clean_address(request: HttpRequest) -> HttpResponse | None:
    """Lead a search to an address that holds of an API key no more than its prefix."""
    posted = request.method == "POST" and POSTED_SEARCH in request.POST
    if not posted and request.method != "GET":
        return None
    asked = request.POST if posted else request.GET
    clean = QueryDict(mutable=True)
    for name in asked.keys() - {POSTED_SEARCH, "csrfmiddlewaretoken"}:
        clean.setlist(without_secrets(name), [without_secrets(v) for v in asked.getlist(name)])
    if not posted and clean == asked:
        return None
    return HttpResponseRedirect(f"{request.path}?{clean.urlencode()}")


class _StaffSignInForm(AdminAuthenticationForm):
    """Who may come in is checked by the service, which counts and records what it refuses."""

    password = forms.CharField(
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


class _StaffSignIn(LocalNext, FormPage, LoginView):
    form_class = _StaffSignInForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def accept(self, form: Any) -> HttpResponse:
        user = sessions.start_session(
            request=self.request,
            email=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            staff_only=True,
        )
        target = self.get_success_url()
        return HttpResponseRedirect(target) if user else to_second_step(target)


class _StaffPasswordForm(AdminPasswordChangeForm):
    def clean_old_password(self) -> str:
        return str(self.cleaned_data["old_password"])  # the service checks it, and counts


class _StaffPasswordChange(FormPage, PasswordChangeView):
    form_class = _StaffPasswordForm

    def accept(self, form: Any) -> HttpResponse:
        passwords.change_password(
            request=self.request,
            user=cast("User", self.request.user),
            old=form.cleaned_data["old_password"],
            new=form.cleaned_data["new_password1"],
            revoke_keys=True,  # no question here: whoever may see every customer takes no chance
        )
        return HttpResponseRedirect(self.get_success_url())
