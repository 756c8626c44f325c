"""What the pages of support staff share: each change is one act, with one audit entry."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from codestax.common.acts import act, current_act
from codestax.common.errors import DomainError


class _NothingChangedError(Exception):
    """The form came back with errors: undo the act, and show the page."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class AuditedAdmin(ModelAdmin[Any]):
    """A ModelAdmin whose changes are acts, named `<ACT_NOUN>_CREATED`, `_UPDATED`, `_DELETED`.

    Put it in place of ModelAdmin. A form with its inlines is one act; a deletion from the list is
    one act for each row; a page that refuses leaves no act, and a service's DomainError becomes a
    message. An action of your own calls a service
    for each row, or wraps the row in `self.act_on(row, "ARCHIVED")`.

    `act_noun` defaults to the model's name; `organization_id_of(row)` to `row.org_id`. A service
    that is called within joins the form's act; where its own name says more, set
    `current_act.get().action`.
    """

    act_noun: str | None = None

    def organization_id_of(self, row: Any) -> int | None:
        return getattr(row, "org_id", None)

    def act_on(self, row: Any, verb: str) -> Any:
        """The act of doing `verb` (a participle in capitals) to one row."""
        return act(self._code(verb), organization_id=self.organization_id_of(row))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        return self._audited(
            request,
            "UPDATED" if object_id else "CREATED",
            lambda: super(AuditedAdmin, self).changeform_view(
                request, object_id, form_url, extra_context
            ),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return self._audited(
            request,
            "DELETED",
            lambda: super(AuditedAdmin, self).delete_view(request, object_id, extra_context),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # An act of its own where the list is edited in place; elsewhere the form's.
        with self.act_on(obj, "UPDATED" if change else "CREATED"):
            super().save_model(request, obj, form, change)
            self._place(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with self.act_on(obj, "DELETED"):
            self._place(obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _audited(
        self, request: HttpRequest, verb: str, view: Callable[[], HttpResponse]
    ) -> HttpResponse:
        if request.method != "POST":
            return view()
        try:
            with act(self._code(verb), organization_id=None):
                response = view()
                # Admin redirects after a change; everything else is a page that asks again.
                if not isinstance(response, HttpResponseRedirect):
                    raise _NothingChangedError(response)
        except _NothingChangedError as nothing:
            return nothing.response
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def _place(self, row: Model) -> None:
        """Give the act its organization, known only when the row is at hand."""
        this = current_act.get()
        if this is not None and this.organization_id is None:
            this.organization_id = self.organization_id_of(row)

    def _code(self, verb: str) -> str:
        noun = self.act_noun or str(self.model._meta.verbose_name).upper().replace(" ", "_")
        return f"{noun}_{verb}"
