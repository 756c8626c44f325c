"""Repositories, scans and uploads: what pipelines made is read here, not changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateJob

from codestax.common.admin import AuditedAdmin
from scans.models import Analysis, Repository, Scan, Upload

# The queue only wakes workers: what became of an upload is told by its own row.
admin.site.unregister(ProcrastinateJob)


class AnalysisInline(admin.TabularInline[Analysis, Scan]):
    model = Analysis
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "tool",
        "version",
        "category",
        "is_complete",
        "check_types",
        "counts",
        "reported_at",
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Repository)
class RepositoryAdmin(AuditedAdmin):
    list_display = ("name", "org", "default_branch", "created_at")
    list_filter = ("org__plan",)
    search_fields = ("name", "org__name", "org__slug")
    list_select_related = ("org",)
    autocomplete_fields = ("org",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A repository never changes hands: its findings belong to the organization.
        return ("org", "created_at") if obj else ("created_at",)


class ReadOnlyAdmin(AuditedAdmin):
    """What comes from pipelines alone: here it can be read, not changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin):
    list_display = ("id", "repository", "branch", "commit", "status", "completed_at")
    list_filter = ("status", "quality_gate")
    readonly_fields = ("created_at",)
    search_fields = ("=id", "commit", "repository__name", "org__name", "org__slug")
    list_select_related = ("repository",)
    inlines = (AnalysisInline,)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ("id", "scan", "status", "attempts", "received_at", "finished_at", "reason")
    list_filter = ("status",)
    fields = readonly_fields = (
        "org",
        "scan",
        "status",
        "reason",
        "received_at",
        "finished_at",
        "attempts",
        "actor_email",
        "declared_format",
        "covers",
    )
    search_fields = ("=id", "=scan__id", "scan__repository__name", "org__name", "org__slug")
    list_select_related = ("scan",)
