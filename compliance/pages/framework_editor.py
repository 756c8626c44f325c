"""The form of a custom framework: its own fields, and a line of fields for each control."""

from io import BytesIO
from typing import Any

import msgspec
from django import forms
from django.http import QueryDict
from rest_framework.exceptions import APIException

from codestax.common.errors import DomainError
from codestax.common.parsing import StrictJSONParser
from compliance.domain.conditions import default_condition, valid_forms
from compliance.domain.custom_frameworks import (
    MAX_CONTROLS,
    InvalidFrameworkError,
    check_custom_framework,
)
from compliance.domain.policy import CustomFramework
from compliance.domain.summary import AREA_LABELS
from compliance.pages.forms import ControlForm, ControlFormSet, FrameworkForm, ImportForm

# Left empty, these get the service's default; the others are refused.
_WITH_DEFAULT = ("category", "pass_condition")
_LINES = "controls"
_COUNT = f"{_LINES}-TOTAL_FORMS"


class FrameworkEditor:
    """The form of one framework, and the lines of its controls.

    `is_known` is a framework that exists, whose key stays as it is.
    """

    form: FrameworkForm
    lines: Any

    @classmethod
    def showing(
        cls, framework: CustomFramework | None, *, is_known: bool, extra: int = 0
    ) -> "FrameworkEditor":
        """The form filled with a framework, or an empty one, and so many empty lines."""
        editor = cls()
        fields = {} if framework is None else msgspec.to_builtins(framework)
        controls = fields.pop("controls", [])
        editor.form = FrameworkForm(initial=fields)
        editor.lines = ControlFormSet(initial=controls, prefix=_LINES)
        editor.lines.extra = extra
        if is_known:
            editor.form.keep_key()
        return editor

    @classmethod
    def sent(
        cls, data: QueryDict, *, known_key: str | None = None, extra: int = 0
    ) -> "FrameworkEditor":
        """The form as it was sent, and so many empty lines more."""
        editor = cls()
        editor.form = FrameworkForm(data, initial={"key": known_key})
        editor.lines = ControlFormSet(_with_more_lines(data, extra), prefix=_LINES)
        if known_key is not None:
            editor.form.keep_key()
        return editor

    def read(self) -> dict[str, Any]:
        """What was sent, in the service's words; raises DomainError for lines that are cut off."""
        if not self.form.is_valid() or not self.lines.is_valid():
            raise DomainError(f"Correct what is marked; at most {MAX_CONTROLS} controls fit.")
        controls = [_control(line.cleaned_data) for line in self._filled_lines()]
        return {**self.form.cleaned_data, "controls": controls}

    def say(self, error: DomainError) -> None:
        """Show a refusal at the fields that it names, and above the form what has none."""
        errors = (
            error.errors
            if isinstance(error, InvalidFrameworkError)
            else [(error.field or "", error.message)]
        )
        # Found before the first is said: a line with an error counts as sent no more.
        places = [(*self._place(path), message) for path, message in errors]
        for form, field, message in places:
            form.add_error(field if field in form.fields else None, message)

    def _place(self, path: str) -> tuple[forms.Form, str]:
        """The form and the field of a path such as `name` or `controls[3].id`."""
        place, _, field = path.partition(".")
        index = place.removeprefix("controls[").removesuffix("]")
        if place == path and not index.isdigit():
            return self.form, path
        return self._filled_lines()[int(index)], field

    def _filled_lines(self) -> list[ControlForm]:
        return [line for line in self.lines.forms if _is_filled(line.cleaned_data)]


def imported(form: ImportForm) -> CustomFramework:
    """The framework of a JSON file, or else of a text; raises DomainError with what is wrong."""
    form.full_clean()
    file = form.cleaned_data.get("file")
    stream = file or BytesIO(form.cleaned_data.get("text", "").encode(errors="replace"))
    try:
        sent = StrictJSONParser().parse(stream)
    except APIException as error:
        raise DomainError(f"This is no framework. {error.detail}") from error
    if not isinstance(sent, dict):
        raise DomainError("This is no framework: it must be a JSON object.")
    fields = ("key", "name", "description", "controls")
    return check_custom_framework(*(sent.get(name) for name in fields))


def condition_help() -> list[dict[str, str]]:
    """Per check type its name, the condition that it has by default, and all it may have."""
    return [
        {
            "check_type": check_type,
            "label": label,
            "default": default_condition(check_type),
            "valid": valid_forms(check_type),
        }
        for check_type, label in AREA_LABELS.items()
    ]


def _with_more_lines(data: QueryDict, extra: int) -> QueryDict:
    count = data.get(_COUNT, "")
    if not extra or not (count.isascii() and count.isdigit() and len(count) <= len("500")):
        return data
    more = data.copy()
    more[_COUNT] = str(min(int(count) + extra, MAX_CONTROLS))
    return more


def _is_filled(line: dict[str, Any]) -> bool:
    return not line.get("DELETE") and any(line.values())


def _control(line: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if name in _WITH_DEFAULT and not value else value
        for name, value in line.items()
        if name != "DELETE"
    }
