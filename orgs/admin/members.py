"""Memberships one by one: every change goes through the services, as the API's does."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from codestax.common.admin import AuditedAdmin, RowAct
from codestax.common.panels import moment
from orgs.admin.panels import can_be_invited, state_of_member
from orgs.domain.roles import Role
from orgs.models import Membership
from orgs.services.members import add_member, change_role, remove_member, resend_invitation


def _invite(member: Membership) -> str:
    resend_invitation(acting=None, member=member)
    return f"The invitation is on its way to {member.user.email} again."


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """A membership stays its user's and its organization's: keys and the log speak of them."""

    act_codes: ClassVar = {
        "CREATED": "MEMBER_ADDED",
        "UPDATED": "MEMBER_ROLE_CHANGED",
        "DELETED": "MEMBER_REMOVED",
    }
    row_acts: ClassVar = (
        RowAct(
            name="invite",
            label="Resend invitation",
            question="They get the mail with the way to come in again.",
            permission="orgs.resend_invitation",
            run=_invite,
            is_open=can_be_invited,
        ),
    )
    list_display = ["email", "org", "role", "last_sign_in", "state"]
    list_display_links = ["email"]
    list_filter = ["role"]
    list_select_related = ["org", "user"]
    search_fields = ["user__email", "org__name", "org__slug"]
    search_help_text = "Email, or name or slug of the organization."
    fields = ["org", "user", "role", "created_at", "invited_at", "last_sign_in", "state"]
    autocomplete_fields = ["org", "user"]
    readonly_fields = ["created_at", "invited_at", "last_sign_in", "state"]

    @admin.display(ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email

    @admin.display(description="last sign-in", ordering="user__last_login")
    def last_sign_in(self, member: Membership) -> str:
        return moment(member.user.last_login)

    @admin.display
    def state(self, member: Membership) -> str:
        return state_of_member(member)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["org", "user", "role"] if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["org", "user", *self.readonly_fields] if obj else []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One by one: the last owner of an organization is refused.
        return {}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Keys end with their membership; they need no permission of their own."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def address_after(self, row: Any) -> str:
        return reverse("admin:orgs_organization_change", args=[row.org_id])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self._place(obj)
        role = Role(obj.role)
        if change:
            change_role(acting=None, member=obj, role=role)
        else:
            email = obj.user.email
            added = add_member(acting=None, organization=obj.org, email=email, role=role)
            obj.pk = added.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._place(obj)
        remove_member(acting=None, member=obj)
