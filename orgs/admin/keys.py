"""Keys can be looked at and deactivated, not made or changed: support would know their text."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from codestax.common.admin import AuditedAdmin, RowAct
from codestax.common.panels import counted
from orgs.admin.panels import is_not_revoked, state_of_key
from orgs.domain.keys import START
from orgs.models import ApiKey
from orgs.services.keys import KeyEndedError, revoke_key


def _deactivate(key: ApiKey) -> str:
    if key.revoked_at is not None:
        raise KeyEndedError("This key is deactivated already.")
    revoke_key(key=key)
    return f"The key {key.prefix} is deactivated."


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    row_acts: ClassVar = (
        RowAct(
            name="revoke",
            label="Deactivate",
            question="Whatever uses the key is refused from now on, for good.",
            permission="orgs.revoke_apikey",
            run=_deactivate,
            is_open=is_not_revoked,
        ),
    )
    list_display = ["name", "prefix", "org", "membership", "role", "state"]
    list_select_related = ["org", "membership__user", "membership__org"]
    search_fields = ["name", "public_id", "org__slug", "membership__user__email"]
    search_help_text = "Name, prefix, the organization's slug, or the member's email."
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
        "state",
    ]
    actions = ["revoke"]

    @admin.display
    def state(self, key: ApiKey) -> str:
        return state_of_key(key)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        public = START.sub("", search_term)
        return super().get_search_results(request, queryset, public)

    def address_after(self, row: Any) -> str:
        return reverse("admin:orgs_organization_change", args=[row.org_id])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orgs.revoke_apikey")

    @admin.action(description="Deactivate the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = [key for key in queryset if key.revoked_at is None]
        for key in keys:
            revoke_key(key=key)
        said = f"{counted(len(keys), 'key')} deactivated."
        self.message_user(request, said, messages.SUCCESS if keys else messages.WARNING)
