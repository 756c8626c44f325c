"""What the pages of support staff share: each change is one act, with one audit entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from codestax.common.acts import act, current_act
from codestax.common.errors import DomainError

# Where a request carries from the form to its act that nothing was changed in it.
_UNCHANGED = "codestax.unchanged"


class _NothingChangedError(Exception):
    """The form came back with errors, or as it was: undo the act, and answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True)
class RowAct:
    """What staff may do to one row beside changing its form: a page asks, its POST does it.

    `run` calls the service and returns the sentence that is said then; its DomainError refuses.
    `permission` is Django's name of one, such as "orgs.revoke_apikey". `is_open` says whether the
    act is offered for a row; it decides nothing.
    """

    name: str  # in the address
    label: str
    question: str
    permission: str
    run: Callable[[Any], str]
    is_open: Callable[[Any], bool]


class AuditedAdmin(ModelAdmin[Any]):
    """A ModelAdmin whose changes are acts, named `<ACT_NOUN>_CREATED`, `_UPDATED`, `_DELETED`.

    Put it in place of ModelAdmin. A form with its inlines is one act; a deletion from the list is
    one act for each row; a page that refuses leaves no act, nor does a form in which nothing was
    changed, and a service's DomainError becomes a message. An action of your own calls a service
    for each row, or wraps the row in `self.act_on(row, "ARCHIVED")`; `row_acts` are services that
    are called for one row, each with a page of its own.

    `act_codes` are codes in place of those, by verb. `act_noun` defaults to the model's name;
    `organization_id_of(row)` to `row.org_id`. A service that is called within joins the form's
    act; where its own name says more, set `current_act.get().action`.
    """

    act_noun: str | None = None
    act_codes: ClassVar[dict[str, str]] = {}
    row_acts: ClassVar[tuple[RowAct, ...]] = ()

    def organization_id_of(self, row: Any) -> int | None:
        return getattr(row, "org_id", None)

    def act_on(self, row: Any, verb: str) -> Any:
        """The act of doing `verb` (a participle in capitals) to one row."""
        return act(self._code(verb), organization_id=self.organization_id_of(row))

    def get_urls(self) -> list[URLPattern]:
        address = path(
            "<path:object_id>/act/<slug:name>/",
            self.admin_site.admin_view(self.act_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_act",
        )
        return [address, *super().get_urls()]

    def offered_acts(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """(label, address) of each act that this person may do to the row now."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
        return [
            (one.label, reverse(name, args=[row.pk, one.name]))
            for one in self.row_acts
            if request.user.has_perm(one.permission) and one.is_open(row)
        ]

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask whether to do the act, and do it by POST."""
        row = self.get_object(request, unquote(object_id))
        chosen = next((one for one in self.row_acts if one.name == name), None)
        if row is None or chosen is None:
            raise Http404
        if not request.user.has_perm(chosen.permission):
            raise PermissionDenied
        if request.method == "POST":
            return self._run(request, chosen, row)
        context = self.admin_site.each_context(request) | {
            "title": chosen.label,
            "act": chosen,
            "row": row,
            "opts": self.opts,
            "back": self.address_after(row),
        }
        return TemplateResponse(request, "admin/act.html", context)

    def address_after(self, row: Any) -> str:
        """The page that an act on the row leads back to."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def _run(self, request: HttpRequest, chosen: RowAct, row: Any) -> HttpResponse:
        try:
            self.message_user(request, chosen.run(row), messages.SUCCESS)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        return HttpResponseRedirect(self.address_after(row))

    def page_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template of a row's page needs beside its form."""
        return {"row_acts": self.offered_acts(request, row)}

    def render_change_form(  # noqa: PLR0917 - Django's own signature
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= self.page_of(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if message:
            return super().log_change(request, obj, message)
        request.META[_UNCHANGED] = True
        return None

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
                unchanged = request.META.pop(_UNCHANGED, False)
                if unchanged or not isinstance(response, HttpResponseRedirect):
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
        if verb in self.act_codes:
            return self.act_codes[verb]
        noun = self.act_noun or str(self.model._meta.verbose_name).upper().replace(" ", "_")
        return f"{noun}_{verb}"
