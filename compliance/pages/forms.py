"""What the pages' forms send, read into what the services take; the services judge it."""

from typing import Any

from django import forms
from django.http import QueryDict

from codestax.common.errors import DomainError
from compliance.domain.conditions import MAX_LENGTH
from compliance.domain.custom_frameworks import (
    DEFAULT_CATEGORY,
    MAX_CATEGORY,
    MAX_CONTROLS,
    MAX_DESCRIPTION,
    MAX_ID,
    MAX_NAME,
)
from compliance.domain.summary import AREA_LABELS

_KEY_CHARS = 64
_ID_DIGITS = 18


def read_selection(sent: QueryDict) -> list[str] | None:
    """The chosen keys, None for the default; raises DomainError where nothing was chosen."""
    scope = sent.get("scope")
    if scope not in ("all", "chosen"):
        raise DomainError("Choose between all that the plan includes and a choice of your own.")
    return None if scope == "all" else sent.getlist("keys")


def read_disabled(sent: QueryDict) -> list[str]:
    return sent.getlist("disabled")


def read_repository(sent: QueryDict) -> int | None:
    """`repo_id`, None where it is empty or left out; raises DomainError for what is no id."""
    text = sent.get("repo_id", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS):
        raise DomainError("There is no such repository: choose one of the list.")
    return int(text)


def _text(placeholder: str, limit: int, **attributes: Any) -> forms.TextInput:
    return forms.TextInput(
        attrs={"placeholder": placeholder, "maxlength": limit, "autocomplete": "off", **attributes}
    )


class FrameworkForm(forms.Form):
    """A custom framework without its controls."""

    name = forms.CharField(
        required=False, widget=_text("Internal Security Policy", MAX_NAME, required=True)
    )
    key = forms.CharField(
        required=False,
        widget=_text("internal_sec", _KEY_CHARS, required=True),
        help_text="How the API calls it: lower-case letters, digits, underscores and hyphens.",
    )
    description = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": MAX_DESCRIPTION})
    )

    def keep_key(self) -> None:
        field = self.fields["key"]
        field.disabled = True
        field.help_text = "The key of a framework never changes."


class ControlForm(forms.Form):
    """One control. What is left empty gets its default; a line left empty is no control."""

    id = forms.CharField(required=False, label="Id", widget=_text("ISP-1", MAX_ID))
    name = forms.CharField(required=False, widget=_text("No hardcoded secrets", MAX_NAME))
    category = forms.CharField(required=False, widget=_text(DEFAULT_CATEGORY, MAX_CATEGORY))
    check_type = forms.CharField(
        required=False,
        label="Check type",
        widget=forms.Select(
            choices=[
                ("", "Choose what is checked"),
                *((name, f"{label} ({name})") for name, label in AREA_LABELS.items()),
            ]
        ),
    )
    pass_condition = forms.CharField(
        required=False,
        label="Pass condition",
        widget=_text("Its default", MAX_LENGTH, list="pass-conditions", spellcheck="false"),
    )
    description = forms.CharField(required=False, widget=_text("", MAX_DESCRIPTION))


class _Controls(forms.BaseFormSet[ControlForm]):
    def add_fields(self, form: ControlForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Remove"


ControlFormSet: Any = forms.formset_factory(
    ControlForm,
    formset=_Controls,
    can_delete=True,
    max_num=MAX_CONTROLS,
    absolute_max=MAX_CONTROLS,
)


class ImportForm(forms.Form):
    """A framework as the API takes it: `{key, name, description, controls}`."""

    file = forms.FileField(required=False, label="A JSON file")
    text = forms.CharField(
        required=False,
        label="Or its text",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )
