from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from codestax.common.errors import DomainError
from orgs.domain.roles import Role
from orgs.models import Membership
from orgs.pages.form_page import FormPage
from orgs.pages.forms import MemberForm, RoleForm, VouchForm
from orgs.pages.paging import list_page
from orgs.pages.settings import SettingsPage
from orgs.services import lost_second_steps, members
from orgs.services.members import CameInError, LastOwnerError


@dataclass(frozen=True)
class Entry:
    """A line of the list; `form` changes the role, None where the reader may not. `may_vouch` is
    whether the reader may take a lost second step from them.
    """

    member: Membership
    form: RoleForm | None
    is_self: bool
    may_vouch: bool

    @property
    def remove_id(self) -> str:
        return f"remove-{self.member.pk}"


class Members(SettingsPage, FormPage):
    """Who belongs to the organization; the form adds a member."""

    tab = "dashboard-members"
    template_name = "orgs/members.html"
    form_class = MemberForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "own_role": self.role}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Membership.objects.of(self.organization).select_related("user")
        page = list_page(self.request, rows)
        entries = [self._entry(member) for member in page.rows]
        return super().get_context_data(page=page, entries=entries, **kwargs)

    def _entry(self, member: Membership) -> Entry:
        # Not offered what would be refused: nobody deals in roles above their own.
        may = self.role.allows(self.write_role) and self.role.allows(Role(member.role))
        form = RoleForm(member=member, own_role=self.role) if may else None
        is_self = member.pk == self.membership.pk
        may_vouch = settings.MFA_ENABLED and self.role is Role.OWNER and not is_self
        # Who has not come in yet has set nothing up to lose.
        return Entry(member, form, is_self, may_vouch and member.has_come_in)

    def accept(self, form: Any) -> HttpResponse:
        added = members.add_member(
            acting=self.membership, organization=self.organization, **form.cleaned_data
        )
        # The same for every email: whether it was known before is nothing to tell.
        said = f"{added.user.email} is a member now. A mail tells them how to come in."
        messages.success(self.request, said)
        return redirect("dashboard-members")


class MemberSecondStep(SettingsPage, FormPage):
    """An owner vouches for a member who has lost the second step, and takes it away."""

    tab = "dashboard-members"
    read_role = write_role = Role.OWNER
    form_class = VouchForm
    template_name = "orgs/member_second_step.html"

    @cached_property
    def member(self) -> Membership:
        if not settings.MFA_ENABLED:
            raise Http404
        rows = Membership.objects.of(self.organization).select_related("org", "user")
        found: Membership = get_object_or_404(rows, pk=self.kwargs["member_id"])
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = lost_second_steps.hindrance(acting=self.membership, member=self.member)
        return super().get_context_data(member=self.member, hindrance=found, **kwargs)

    def accept(self, form: Any) -> HttpResponse:
        lost_second_steps.vouch(acting=self.membership, member=self.member, **form.cleaned_data)
        said = f"The second step of {self.member.user.email} is gone, and their sessions with it."
        messages.success(self.request, said)
        return redirect("dashboard-members")


class MemberAct(SettingsPage):
    """What all acts on one member share: done or refused, the answer is on the list."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, member_id: int) -> HttpResponse:
        rows = Membership.objects.of(self.organization).select_related("org", "user")
        member = get_object_or_404(rows, pk=member_id)
        try:
            messages.success(request, self.act(member))
        except (LastOwnerError, CameInError) as error:
            messages.error(request, error.message)
        return redirect("dashboard-members")

    def act(self, member: Membership) -> str:
        raise NotImplementedError


class MemberRole(MemberAct):
    def act(self, member: Membership) -> str:
        form = RoleForm(self.request.POST, member=member, own_role=self.role)
        if not form.is_valid():
            raise DomainError("There is no such role: choose one of the list.")
        role: Role = form.cleaned_data["role"]
        members.change_role(acting=self.membership, member=member, role=role)
        return f"{member.user.email} has the role {role} now."


class MemberRemoval(MemberAct):
    def act(self, member: Membership) -> str:
        members.remove_member(acting=self.membership, member=member)
        return f"{member.user.email} is no member any more."


class MemberInvitation(MemberAct):
    def act(self, member: Membership) -> str:
        members.resend_invitation(acting=self.membership, member=member)
        return f"The invitation is on its way to {member.user.email} again."
