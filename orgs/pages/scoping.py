"""The base of every page of one organization: its session, its role, its rows."""

from functools import cached_property
from typing import Any, ClassVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import TemplateView

from codestax.common import tenancy
from codestax.common.errors import DomainError, NotFoundError
from orgs.domain.roles import Role
from orgs.models import Membership, Organization, User
from orgs.pages.navigation import navigation
from orgs.queries import memberships_of
from orgs.services import second_factor, sessions
from orgs.services.guessing import TooManyAttemptsError

# The session's key for the id of the organization that was chosen.
CHOSEN = "organization_id"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class _NotFromHereError(DomainError):
    """The session reaches one organization, and this is about all of them."""

    code = "not_from_here"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This is about your account in all organizations: sign out, and sign in with your "
            "password."
        )


class SignedInPage(TemplateView):
    """A page for whoever has signed in; strangers are sent to sign in and come back.

    `of_whole_account` says that it is about how the person comes in everywhere, which a session
    that reaches one organization alone must not change.
    """

    of_whole_account: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # Nobody can come back to a form that was posted.
            reads = request.method in _SAFE_METHODS
            return redirect_to_login(request.get_full_path() if reads else reverse("home"))
        if self.of_whole_account and self.only_organization is not None:
            return refusal(request, _NotFromHereError())
        if self.owes_second_step():
            return redirect("two-step")
        return self.answer(request, *args, **kwargs)

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def owes_second_step(self) -> bool:
        """Whether the reader has to set up a second step before they see this page."""
        return owes_second_step(self.request, None)

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    @cached_property
    def memberships(self) -> list[Membership]:
        """The user's memberships that the session reaches, with their organizations, by name.

        One query.
        """
        tenancy.enter(user_id=self.user.pk)
        found, only = memberships_of(self.user), self.only_organization
        return found if only is None else [one for one in found if one.org_id == only]

    @cached_property
    def only_organization(self) -> int | None:
        return sessions.only_organization(self.request)


class OrganizationPage(SignedInPage):
    """A page whose reader acts for one organization: the chosen one, or the first.

    The membership is read anew for each request, so that one that has ended opens nothing any
    more. A handler starts every query with `.of(self.organization)`, so that others' rows are the
    404 page. A role below `read_role` (GET) or `write_role` (everything else) is the 403 page. A
    DomainError that a handler lets through is a page with its sentence.

    Template context: `organization`, `membership`, `memberships`, `role`, `can_write` (whether the
    reader's role reaches `write_role`) and `navigation`.
    """

    read_role: ClassVar[Role] = Role.VIEWER
    write_role: ClassVar[Role] = Role.ADMIN
    # The route of the settings' tab that the page is under, if it is under one.
    tab: ClassVar[str | None] = None

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.memberships:
            return render(request, "orgs/no_organization.html", status=403)
        tenancy.enter(org_id=self.membership.org_id, user_id=self.user.pk)
        needed = self.read_role if request.method in _SAFE_METHODS else self.write_role
        if not self.role.allows(needed):
            raise PermissionDenied(f"Org {needed} role required")
        try:
            return super().answer(request, *args, **kwargs)
        except NotFoundError as error:
            raise Http404(error.message) from error
        except DomainError as error:
            return refusal(request, error)

    def owes_second_step(self) -> bool:
        return bool(self.memberships) and owes_second_step(self.request, self.organization)

    @cached_property
    def membership(self) -> Membership:
        chosen = self.request.session.get(CHOSEN)
        found = [one for one in self.memberships if one.org_id == chosen]
        membership = (found or self.memberships)[0]
        membership.user = self.user
        return membership

    @property
    def organization(self) -> Organization:
        return self.membership.org

    @property
    def role(self) -> Role:
        return Role(self.membership.role)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            organization=self.organization,
            membership=self.membership,
            memberships=self.memberships,
            role=self.role,
            can_write=self.role.allows(self.write_role),
            navigation=navigation(self.request.path, self.tab),
            **kwargs,
        )


def owes_second_step(request: HttpRequest, organization: Organization | None) -> bool:
    """Whether who has signed in has to set up a second step first, for this organization or for
    whatever the installation serves. A provider that asks for one by itself is believed.
    """
    came_through = sessions.through(request)
    if came_through is not None and came_through.second_factor:
        return False
    return second_factor.is_missing(cast("User", request.user), organization)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page with an error's sentence."""
    page = render(request, "error.html", {"message": error.message}, status=error.status)
    if isinstance(error, TooManyAttemptsError):
        page.headers["Retry-After"] = str(error.wait)
    return page
