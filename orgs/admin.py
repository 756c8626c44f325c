"""Support staff's pages. Digests and password hashes are on none of them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from codestax.common.admin import AuditedAdmin
from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership, Organization, User
from orgs.services.keys import revoke_key
from orgs.services.members import add_member, change_role, remove_member
from orgs.services.organizations import change_plan


class MembershipFormSet(BaseInlineFormSet[Membership, Organization, Any]):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        # A membership stays its user's: keys and the audit log speak of that person.
        form.fields["user"].disabled = form.instance.pk is not None

    def clean(self) -> None:
        """Say at the form what the services would refuse: an organization keeps an owner."""
        super().clean()
        values = [getattr(form, "cleaned_data", {}) for form in self.forms]
        if not any(it.get("role") == Role.OWNER and not it.get("DELETE") for it in values):
            raise ValidationError("An organization needs an owner.")


class MembershipInline(admin.TabularInline[Membership, Organization]):
    model = Membership
    formset = MembershipFormSet
    autocomplete_fields = ["user"]
    readonly_fields = ["created_at"]
    extra = 0


_SHOWN_OF_KEYS = ("name", "prefix", "owner", "role", "expires_at", "revoked_at", "last_used_at")


class ApiKeyInline(admin.TabularInline[ApiKey, Organization]):
    """Shown only: a key made here would be known to support staff."""

    model = ApiKey
    fields = _SHOWN_OF_KEYS
    readonly_fields = _SHOWN_OF_KEYS
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).select_related("membership__user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="member")
    def owner(self, key: ApiKey) -> str:
        return key.membership.user.email


@admin.register(Organization)
class OrganizationAdmin(AuditedAdmin):
    list_display = ["name", "slug", "plan", "created_at"]
    list_filter = ["plan"]
    search_fields = [
        "name",
        "slug",
        "memberships__user__email",
        "api_keys__public_id",
    ]
    fields = ["name", "slug", "plan", "created_at"]
    readonly_fields = ["created_at"]
    inlines = [MembershipInline, ApiKeyInline]

    def organization_id_of(self, row: Any) -> int | None:
        return int(row.pk) if row.pk else None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # With it go all scans and evidence: nothing for a button.
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        plan = Plan(obj.plan)
        moved = change and "plan" in form.changed_data
        if moved:
            obj.plan = form.initial["plan"]
        super().save_model(request, obj, form, change)
        if moved:
            change_plan(organization=obj, plan=plan)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Members change through the services, new owners first so that one is always left."""
        if formset.model is not Membership:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)
        for new in formset.new_objects:
            role = Role(new.role)
            add_member(acting=None, organization=new.org, email=new.user.email, role=role)
        changed = [member for member, _ in formset.changed_objects]
        for member in sorted(changed, key=lambda member: -Role(member.role).rank):
            change_role(acting=None, member=member, role=Role(member.role))
        for gone in formset.deleted_objects:
            remove_member(acting=None, member=gone)


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """Who may do what; passwords are set by their owners or by the command `changepassword`."""

    list_display = ["email", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email"]
    fields = [
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "date_joined",
        "last_login",
    ]
    readonly_fields = ["date_joined", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only superusers hand out rights: staff could otherwise give themselves all of them."""
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*self.readonly_fields, *rights]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A deleted user could take an organization's last owner along: deactivate instead.
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    """Keys can be looked at and revoked, not made or changed."""

    act_noun = "API_KEY"
    list_display = ["name", "prefix", "org", "membership", "role", "revoked_at"]
    list_select_related = ["org", "membership__user", "membership__org"]
    search_fields = ["name", "public_id", "org__slug", "membership__user__email"]
    fields = [
        "org",
        "membership",
        "name",
        "prefix",
        "last_four",
        "role",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orgs.change_apikey")

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            revoke_key(key=key)
        self.message_user(request, "The selected keys are revoked.")


admin.site.unregister(Group)


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    pass
