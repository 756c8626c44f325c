"""The audit log's entries as its page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.text import capfirst

from audit.domain.differences import FieldChange, field_changes, in_words
from audit.models import AuditLogSaaS

_CHANGES = "changes"
_ABBREVIATIONS = {"api": "API"}
# Of what names the thing that an act was about, the first that the entry has.
_SUBJECTS = ("repository", "member", "key_name", "framework_key", "name", "key", "plan")


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A row that changed: what it is and what was done to it, and its fields."""

    title: str
    fields: list[FieldChange]
    cascade: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """`facts` are the (name, words) that the act was described by; `subject` is one of them."""

    seq: int | None
    created_at: datetime
    code: str
    title: str
    subject: str
    actor: str
    ip: str
    agent: str
    facts: list[tuple[str, str]]
    changes: list[ShownChange]


def shown_entries(entries: Iterable[AuditLogSaaS]) -> list[ShownEntry]:
    return [_entry(entry) for entry in entries]


def action_title(code: str) -> str:
    """Return such as "API key created" for a code."""
    words = [_ABBREVIATIONS.get(word, word) for word in code.lower().split("_")]
    return str(capfirst(" ".join(words)))


def _entry(entry: AuditLogSaaS) -> ShownEntry:
    facts = {name: value for name, value in entry.metadata.items() if name != _CHANGES}
    return ShownEntry(
        seq=entry.seq,
        created_at=entry.created_at,
        code=entry.action,
        title=action_title(entry.action),
        subject=next((in_words(facts[name]) for name in _SUBJECTS if name in facts), ""),
        actor=entry.actor_email,
        ip=entry.ip or "",
        agent=entry.user_agent,
        facts=[(_name(name), in_words(value)) for name, value in facts.items()],
        changes=[_change(change) for change in entry.metadata.get(_CHANGES, ())],
    )


def _change(change: dict[str, Any]) -> ShownChange:
    kind, label = _kind(change.get("model", "")), change.get("label", "")
    cascade = change.get("cascade") or {}
    return ShownChange(
        title=f"{kind} {label}: {change.get('verb', '')}",
        fields=field_changes(change.get("before") or {}, change.get("after") or {}),
        cascade=", ".join(f"{count} of {_kind(model)}" for model, count in cascade.items()),
    )


def _kind(label: str) -> str:
    """What people call a model, such as "Custom framework"; its label where it is gone."""
    try:
        return str(capfirst(apps.get_model(label)._meta.verbose_name))
    except (LookupError, ValueError):
        return label


def _name(name: str) -> str:
    return name.replace("_", " ")
