from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from codestax.common.errors import DomainError
from orgs.domain.roles import Role
from orgs.models import Membership
from orgs.pages.form_page import FormPage
from orgs.pages.forms import MemberForm, RoleForm
from orgs.pages.paging import list_page
from orgs.pages.settings import SettingsPage
from orgs.services import members
from orgs.services.members import CameInError, LastOwnerError


@dataclass(frozen=True)
class Entry:
    """A line of the list; `form` changes the role, None where the reader may not."""

    member: Membership
    form: RoleForm | None
    is_self: bool

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
        return Entry(member, form, member.pk == self.membership.pk)

    def accept(self, form: Any) -> HttpResponse:
        added = members.add_member(
            acting=self.membership, organization=self.organization, **form.cleaned_data
        )
        # The same for every email: whether it was known before is nothing to tell.
        said = f"{added.user.email} is a member now. A mail tells them how to come in."
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
