from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from codestax.common.errors import DomainError
from orgs.domain.roles import Role
from orgs.models import ApiKey
from orgs.pages.form_page import FormPage
from orgs.pages.forms import KeyForm, RotationForm
from orgs.pages.paging import list_page
from orgs.pages.settings import SettingsPage
from orgs.services import keys
from orgs.services.keys import IssuedKey


@dataclass(frozen=True)
class Entry:
    """A line of the list; `form` rotates the key, None where the reader may not."""

    key: ApiKey
    state: str
    form: RotationForm | None

    @property
    def revoke_id(self) -> str:
        return f"revoke-{self.key.pk}"


class KeysPage(SettingsPage, FormPage):
    """The keys, which admins see; the form makes one.

    A new key's text is in the answer to its form and nowhere else: that answer is not a redirect,
    since the text would have to wait in a row until the next page asks for it.
    """

    tab = "dashboard-keys"
    read_role = Role.ADMIN
    template_name = "orgs/keys.html"
    form_class = KeyForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "own_role": self.role}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = list_page(self.request, ApiKey.objects.of(self.organization).with_owner())
        entries = [self._entry(key, timezone.now()) for key in page.rows]
        return super().get_context_data(page=page, entries=entries, **kwargs)

    def find_key(self, key_id: int) -> ApiKey:
        rows = ApiKey.objects.of(self.organization).with_owner()
        found: ApiKey = get_object_or_404(rows, pk=key_id)
        return found

    def shown_once(self, issued: IssuedKey) -> HttpResponse:
        form = KeyForm(own_role=self.role)
        return self.render_to_response(self.get_context_data(form=form, issued=issued))

    def _entry(self, key: ApiKey, now: datetime) -> Entry:
        state = state_of(key, now)
        may = state == "active" and self.role.allows(Role(key.role))
        form = RotationForm(auto_id=f"rotate-{key.pk}-%s") if may else None
        return Entry(key, state, form)


def state_of(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


class Keys(KeysPage):
    def accept(self, form: KeyForm) -> HttpResponse:
        issued = keys.create_key(
            acting=self.membership,
            name=form.cleaned_data["name"],
            role=form.cleaned_data["role"],
            expires_at=form.expires_at,
        )
        return self.shown_once(issued)


class KeyRotation(KeysPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = self.find_key(kwargs["key_id"])
        form = RotationForm(request.POST)
        if not form.is_valid():
            raise DomainError("Choose when the old key ends.")
        issued = keys.rotate_key(acting=self.membership, key=key, **form.cleaned_data)
        return self.shown_once(issued)


class KeyRevocation(KeysPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = self.find_key(kwargs["key_id"])
        keys.revoke_key(key=key)
        messages.success(request, f"The key {key.name} is revoked.")
        return redirect("dashboard-keys")
