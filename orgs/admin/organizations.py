"""The page that support starts from: one organization, and what is to be known of it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from codestax.common.admin import AuditedAdmin
from codestax.common.panels import Panel
from orgs.admin.panels import keys_panel, members_panel
from orgs.domain.keys import START
from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership, Organization
from orgs.services.members import add_member
from orgs.services.organizations import change_plan


class FirstMembersFormSet(BaseInlineFormSet[Membership, Organization, Any]):
    def clean(self) -> None:
        """Say at the form what an organization needs from its first day."""
        super().clean()
        values = [getattr(form, "cleaned_data", {}) for form in self.forms]
        if not any(it.get("role") == Role.OWNER and not it.get("DELETE") for it in values):
            raise ValidationError("An organization needs an owner.")


class FirstMembersInline(admin.TabularInline[Membership, Organization]):
    """Of a new organization alone; later members have pages of their own."""

    model = Membership
    formset = FirstMembersFormSet
    autocomplete_fields = ["user"]
    extra = 1

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_choice_field(
            db_field, request, **kwargs | {"initial": Role.OWNER.value}
        )


@admin.register(Organization)
class OrganizationAdmin(AuditedAdmin):
    """Who may change an organization changes its name; the plan has a permission of its own.

    `panels` are the tables below the form, for (request, organization); apps above add theirs.
    """

    panels: ClassVar[list[Callable[[HttpRequest, Organization], Panel]]] = [
        members_panel,
        keys_panel,
    ]
    change_form_template = "admin/panels_form.html"
    list_display = ["name", "slug", "plan", "created_at"]
    list_filter = ["plan"]
    search_fields = ["name"]  # shows the box; get_search_results says what it finds
    search_help_text = (
        "Name, slug, a member's email, or an API key: its prefix is enough, and all that is kept."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        for word in search_term.split():
            queryset = queryset.filter(_known_by(word))
        return queryset, False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["name", "slug", "plan", *(["created_at"] if obj else [])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj else [FirstMembersInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["created_at"]
        if obj is not None and not request.user.has_perm("orgs.change_organization"):
            fixed += ["name", "slug"]
        if obj is not None and not request.user.has_perm("orgs.change_plan"):
            fixed += ["plan"]
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change_plan = request.user.has_perm("orgs.change_plan")
        return may_change_plan or super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # With it go all scans and evidence: nothing for a button.
        return False

    def organization_id_of(self, row: Any) -> int | None:
        return int(row.pk) if row.pk else None

    def page_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        panels = [panel(request, row) for panel in self.panels]
        return super().page_of(request, row) | {"panels": panels}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        plan = Plan(obj.plan)
        moved = change and "plan" in form.changed_data
        if moved:
            obj.plan = form.initial["plan"]
        if not change or form.changed_data != ["plan"]:
            super().save_model(request, obj, form, change)
        if moved:
            self._place(obj)
            change_plan(organization=obj, plan=plan)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for new in formset.new_objects:
            role = Role(new.role)
            add_member(acting=None, organization=new.org, email=new.user.email, role=role)


def _known_by(word: str) -> Q:
    """What an organization is found by; look-ups by themselves, so that none is found twice."""
    keys, members = ApiKey.objects.all(), Membership.objects.all()
    if start := START.match(word):
        found = keys.filter(environment=start[1], public_id__startswith=word[start.end() :])
        return Q(pk__in=found.values("org"))
    return (
        Q(name__icontains=word)
        | Q(slug__icontains=word)
        | Q(pk__in=members.filter(user__email__icontains=word).values("org"))
        | Q(pk__in=keys.filter(public_id=word).values("org"))
    )
