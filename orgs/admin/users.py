"""Who may use these pages. Only superusers hand out rights."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from codestax.common.admin import AuditedAdmin
from orgs.models import User
from orgs.services.two_step import end_sessions_of


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
        """Only superusers hand out rights: staff could otherwise give themselves all of them.

        Nor does anybody else change an email: its owner sets the password by a mail.
        """
        if request.user.is_superuser:
            return self.readonly_fields
        fixed = ["is_staff", "is_superuser", "groups", *(["email"] if obj else [])]
        return [*self.readonly_fields, *fixed]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A deleted user could take an organization's last owner along: deactivate instead.
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        elif "is_active" in form.changed_data:
            # For good: whoever is let in again signs in anew.
            end_sessions_of(obj)
        super().save_model(request, obj, form, change)


admin.site.unregister(Group)


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    """What a group may do: for superusers, since its members' rights grow with it."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser
