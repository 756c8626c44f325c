from typing import Any

from django.contrib import admin

from audit.models import AuditLogSaaS


@admin.register(AuditLogSaaS)
class AuditLogAdmin(admin.ModelAdmin[AuditLogSaaS]):
    """To read alone; nobody changes what was recorded."""

    list_display = ["created_at", "action", "actor_email", "ip", "organization_id"]
    list_filter = ["action", "created_at"]
    search_fields = ["actor_email", "action"]
    date_hierarchy = "created_at"
    show_full_result_count = False  # would count the whole table for each search

    @admin.display(description="Organization id", ordering="org")
    def organization_id(self, entry: AuditLogSaaS) -> int | None:
        return entry.org

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False
