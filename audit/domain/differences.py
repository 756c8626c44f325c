"""A change's before and after as what was taken away and what was added, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NOT_SET, _EMPTY = "not set", "empty"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Of a list or an object only the items that differ; of anything else the whole value."""

    field: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Return the fields of an entry's change in their order.

    One side lacks what a row that came or went has on the other; what was empty there is left out.
    """
    fields = dict.fromkeys([*before, *after])
    return [
        _field_change(field, before, after)
        for field in fields
        if (field in before and field in after) or not _is_empty({**before, **after}[field])
    ]


def in_words(value: Any) -> str:
    """One line for any JSON value."""
    return ", ".join(_items(value))


def _field_change(field: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> FieldChange:
    was = _items(before[field]) if field in before else ()
    now = _items(after[field]) if field in after else ()
    removed = tuple(item for item in was if item not in now)
    added = tuple(item for item in now if item not in was)
    if not removed and not added and was != now:
        return FieldChange(field, was, now)  # the same items in another order
    return FieldChange(field, removed, added)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _items(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(f"{name}: {in_words(item)}" for name, item in value.items()) or (_EMPTY,)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(in_words(item) for item in value) or (_EMPTY,)
    return (_word(value),)


def _word(value: Any) -> str:
    if value is None:
        return _NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or _EMPTY
