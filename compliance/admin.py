"""Support staff's pages: every change goes through the services, as the API's does."""

import re
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest

from codestax.common.admin import AuditedAdmin
from codestax.common.errors import DomainError
from compliance import services
from compliance.domain.custom_frameworks import InvalidFrameworkError, check_custom_framework
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection, PolicyVersion
from compliance.queries import current_policy, framework_of


def _settled(form: forms.ModelForm[Any], name: str) -> Any:
    """A field's value, also where it is fixed and so no field of the form."""
    return form.cleaned_data.get(name) if name in form.fields else getattr(form.instance, name)


class CustomFrameworkForm(forms.ModelForm[CustomFramework]):
    class Meta:
        model = CustomFramework
        fields: ClassVar = ["org", "key", "name", "description", "controls"]

    def clean(self) -> None:
        super().clean()
        faulty = set(self.errors)
        values = (_settled(self, name) for name in ("key", "name", "description", "controls"))
        try:
            check_custom_framework(*values)
        except InvalidFrameworkError as error:
            for path, message in error.errors:
                field = re.split(r"[.\[]", path)[0]
                if field not in faulty:
                    self.add_error(field if field in self.fields else None, f"{path}: {message}")


@admin.register(CustomFramework)
class CustomFrameworkAdmin(AuditedAdmin):
    form = CustomFrameworkForm
    list_display = ["name", "key", "org", "created_at", "updated_at"]
    list_select_related = ["org"]
    list_filter = [("org", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "key", "org__name", "org__slug"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["org", "key", "created_at"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = services.save_custom_framework(
            organization=obj.org,
            key=obj.key,
            name=obj.name,
            description=obj.description,
            controls=obj.controls,
        ).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_custom_framework(organization=obj.org, key=obj.key)


class FrameworkSelectionForm(forms.ModelForm[FrameworkSelection]):
    everything = forms.BooleanField(
        required=False, label="Default", help_text="Every framework that the plan permits."
    )
    keys = SimpleArrayField(
        forms.CharField(max_length=64),
        required=False,
        help_text="Framework keys with commas between; empty is none at all.",
    )

    class Meta:
        model = FrameworkSelection
        fields: ClassVar = ["org", "everything", "keys"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["everything"] = self.instance.keys is None

    def clean(self) -> None:
        super().clean()
        organization = _settled(self, "org")
        if self.cleaned_data.get("everything"):
            self.cleaned_data["keys"] = None
        if organization is None or not self.cleaned_data.get("keys"):
            return
        try:
            services.require_selectable(current_policy(organization), self.cleaned_data["keys"])
        except DomainError as error:
            self.add_error("keys", error.message)


class ControlSelectionForm(forms.ModelForm[ControlSelection]):
    class Meta:
        model = ControlSelection
        fields: ClassVar = ["org", "framework_key", "disabled"]

    def clean(self) -> None:
        super().clean()
        organization, key = _settled(self, "org"), _settled(self, "framework_key")
        if organization is None or not key:
            return
        try:
            framework = framework_of(current_policy(organization), key)
        except DomainError:
            self.add_error(None, f"Unknown framework: {key}")
            return
        try:
            services.require_controls(framework, self.cleaned_data.get("disabled") or ())
        except DomainError as error:
            self.add_error("disabled", error.message)


class _SelectionAdmin(AuditedAdmin):
    """A selection is emptied or set back to its default, never deleted."""

    list_select_related = ["org"]
    search_fields = ["org__name", "org__slug"]
    fixed: ClassVar[list[str]] = ["org"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fixed if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(FrameworkSelection)
class FrameworkSelectionAdmin(_SelectionAdmin):
    form = FrameworkSelectionForm
    list_display = ["org", "__str__", "updated_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.set_enabled_frameworks(organization=obj.org, keys=obj.keys)
        obj.pk = FrameworkSelection.objects.of(obj.org).get().pk


@admin.register(ControlSelection)
class ControlSelectionAdmin(_SelectionAdmin):
    form = ControlSelectionForm
    list_display = ["org", "framework_key", "__str__", "updated_at"]
    fixed: ClassVar = ["org", "framework_key"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.set_disabled_controls(
            organization=obj.org, framework_key=obj.framework_key, disabled=obj.disabled
        )
        rows = ControlSelection.objects.of(obj.org)
        obj.pk = rows.get(framework_key=obj.framework_key).pk


@admin.register(PolicyVersion)
class PolicyVersionAdmin(admin.ModelAdmin[PolicyVersion]):
    """To read alone: each row is what an organization had decided from that moment on."""

    list_display = ["id", "org", "created_at"]
    list_select_related = ["org"]
    search_fields = ["org__name", "org__slug"]
    show_full_result_count = False

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False
