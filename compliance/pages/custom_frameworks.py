"""/dashboard/compliance/frameworks/custom: an organization's own frameworks, made and changed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from codestax.common.errors import DomainError, NotFoundError
from compliance import previews, services
from compliance.domain.custom_frameworks import InvalidFrameworkError
from compliance.domain.policy import CustomFramework
from compliance.pages.forms import ImportForm
from compliance.pages.framework_editor import FrameworkEditor, condition_help, imported
from compliance.pages.frameworks import PolicyPage
from compliance.pages.preview_table import preview_table
from compliance.queries import framework_of
from orgs.domain.roles import Role

_EMPTY_LINES = 3
_MORE_LINES = 5


class CustomFrameworkPage(PolicyPage):
    """The form of a custom framework, with nothing in it for a new one."""

    read_role = Role.ADMIN
    template_name = "dashboard/custom_framework.html"

    def get(self, request: HttpRequest, framework_key: str | None = None) -> HttpResponse:
        stored = None if framework_key is None else self.stored(framework_key)
        extra = _EMPTY_LINES if stored is None else 0
        editor = FrameworkEditor.showing(stored, is_known=stored is not None, extra=extra)
        return self.shown(editor, framework_key)

    def post(self, request: HttpRequest, framework_key: str | None = None) -> HttpResponse:
        if framework_key is not None:
            self.stored(framework_key)
        editor = FrameworkEditor.sent(request.POST, known_key=framework_key)
        try:
            framework = editor.read()
            if framework_key is None:
                self._require_new(framework["key"])
            return self.accept(editor, framework, framework_key)
        except DomainError as error:
            editor.say(error)
            return self.shown(editor, framework_key, status=error.status)

    def accept(
        self, editor: FrameworkEditor, framework: dict[str, Any], framework_key: str | None
    ) -> HttpResponse:
        saved = services.save_custom_framework(organization=self.organization, **framework)
        messages.success(self.request, f"Framework saved: {saved.name}.")
        return redirect("dashboard-framework", framework_key=saved.key)

    def stored(self, framework_key: str) -> CustomFramework:
        found = [one for one in self.policy.custom if one.key == framework_key]
        if not found:
            raise NotFoundError("Not found.")
        return found[0]

    def shown(
        self,
        editor: FrameworkEditor,
        framework_key: str | None,
        *,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The page with the form for a new framework (no key) or for the one with this key."""
        shown = self.get_context_data(
            editor=editor,
            framework_key=framework_key,
            save_url=_url("dashboard-custom-framework", framework_key),
            preview_url=_url("dashboard-custom-framework-preview", framework_key),
            condition_help=condition_help(),
            **{"import_form": ImportForm(), **context},
        )
        return self.render_to_response(shown, status=status)

    def _require_new(self, key: str) -> None:
        """The service would replace a framework that nobody has looked at here."""
        if any(one.key == key for one in self.policy.custom):
            message = f"{key} exists: edit that framework, or choose another key."
            raise DomainError(message, field="key")


class CustomFrameworkPreview(CustomFrameworkPage):
    """What saving the form would do, or the form with more lines; nothing is written."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, framework_key: str | None = None) -> HttpResponse:
        if "more_lines" not in request.POST:
            return super().post(request, framework_key)
        editor = FrameworkEditor.sent(request.POST, known_key=framework_key, extra=_MORE_LINES)
        return self.shown(editor, framework_key)

    def accept(
        self, editor: FrameworkEditor, framework: dict[str, Any], framework_key: str | None
    ) -> HttpResponse:
        preview = previews.preview_custom_framework(
            organization=self.organization, now=timezone.now(), **framework
        )
        return self.shown(editor, framework_key, preview=preview_table(preview))


class CustomFrameworkImport(CustomFrameworkPage):
    """A framework as JSON, read into the form; nothing is written until the form is saved."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, framework_key: str | None = None) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        try:
            framework = imported(form)
        except DomainError as error:
            return self._refused(form, error)
        is_known = any(one.key == framework.key for one in self.policy.custom)
        editor = FrameworkEditor.showing(framework, is_known=is_known)
        return self.shown(editor, framework.key if is_known else None, imported=framework)

    def _refused(self, form: ImportForm, error: DomainError) -> HttpResponse:
        if isinstance(error, InvalidFrameworkError):
            for path, message in error.errors:
                form.add_error(None, f"{path}: {message}")
        else:
            form.add_error(None, error.message)
        editor = FrameworkEditor.showing(None, is_known=False, extra=_EMPTY_LINES)
        return self.shown(editor, None, status=error.status, import_form=form)


class CustomFrameworkDeletion(PolicyPage):
    """What deleting a custom framework removes and changes, and the deletion."""

    read_role = Role.ADMIN
    template_name = "dashboard/custom_framework_delete.html"

    def get(self, request: HttpRequest, framework_key: str) -> HttpResponse:
        framework = framework_of(self.policy, framework_key)
        preview = previews.preview_deletion(
            organization=self.organization, key=framework_key, now=timezone.now()
        )
        selected = self.policy.enabled
        shown = self.get_context_data(
            framework=framework,
            control_count=len(framework.controls),
            disabled_count=len(self.policy.disabled.get(framework_key, ())),
            is_selected=selected is not None and framework_key in selected,
            preview=preview_table(preview),
        )
        return self.render_to_response(shown)

    def post(self, request: HttpRequest, framework_key: str) -> HttpResponse:
        services.delete_custom_framework(organization=self.organization, key=framework_key)
        messages.success(request, "Framework deleted.")
        return redirect("dashboard-frameworks")


def _url(name: str, framework_key: str | None) -> str:
    if framework_key is None:
        return reverse(name.replace("-framework", "-framework-new", 1))
    return reverse(name, kwargs={"framework_key": framework_key})
