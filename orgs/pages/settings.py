from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from orgs.domain.roles import Role
from orgs.pages.navigation import settings_tabs
from orgs.pages.scoping import CHOSEN, OrganizationPage
from orgs.services import second_factor


class SettingsPage(OrganizationPage):
    """A page under one of the settings' tabs, `tab`."""

    tab: ClassVar[str]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(tabs=settings_tabs(self.tab, self.role), **kwargs)


class Profile(SettingsPage):
    tab = "dashboard-settings"
    template_name = "orgs/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_two_step = second_factor.is_on(self.user)
        return super().get_context_data(
            offers_two_step=settings.MFA_ENABLED,
            needs_two_step=settings.MFA_REQUIRED,
            has_two_step=has_two_step,
            recovery_codes_left=has_two_step and second_factor.recovery_codes_left(self.user),
            may_require=self.role.allows(Role.OWNER),
            providers=self._providers(),
            is_limited=self.only_organization is not None,
            **kwargs,
        )

    def _providers(self) -> list[Any]:
        if not settings.OIDC_PROVIDERS:
            return []
        from orgs.services import single_sign_on  # noqa: PLC0415 - its library is installed then

        return single_sign_on.offered_to(self.user, {one.org.slug for one in self.memberships})


class OrganizationChoice(OrganizationPage):
    """Act for another of one's organizations from now on, in this session."""

    http_method_names = ["post"]
    write_role = Role.VIEWER

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("organization", "")
        found = [one.org_id for one in self.memberships if str(one.org_id) == wanted]
        if not found:
            raise Http404
        request.session[CHOSEN] = found[0]
        # Not back to where one was: that page may be of the other organization.
        return redirect("dashboard")
