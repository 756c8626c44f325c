"""The filters of the audit log as its page offers them."""

from typing import Any

from django import forms

from audit.domain.actions import ACTIONS
from audit.pages.entries import action_title


def offer(form: Any) -> None:
    """Give the filter's fields their widgets and names; what they accept stays the same."""
    chosen = form.data.get("action", "")
    others = [chosen] if chosen and chosen not in ACTIONS else []
    choices = [("", "Any"), *((code, action_title(code)) for code in (*others, *ACTIONS))]
    _dress(form, "action", "Action", forms.Select(choices=choices))
    _dress(form, "actor", "Actor", forms.TextInput(attrs={"placeholder": "Email"}))
    _dress(form, "from", "From", forms.DateInput(attrs={"type": "date"}))
    _dress(form, "to", "To, with that day", forms.DateInput(attrs={"type": "date"}))


def _dress(form: Any, name: str, label: str, widget: forms.Widget) -> None:
    field = form.fields[name]
    field.label, field.widget = label, widget
