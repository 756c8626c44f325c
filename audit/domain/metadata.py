"""What an entry's metadata may hold: JSON that PostgreSQL stores, of a bounded size."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

TEXT_CHARS = 1000
ITEMS = 500  # as many as the controls of a framework
CHANGES = 100
DOCUMENT_BYTES = 64_000
_EXACT = 2**53 - 1
_SUMMARY = ("model", "id", "label", "verb")


def entry_metadata(metadata: Mapping[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The act's description with its changes under `changes`.

    What is too big loses detail rather than the entry: first the rows' before and after, then the
    description; `truncated` says so.
    """
    described: dict[str, Any] = json_safe(metadata)
    listed = [json_safe(change) for change in changes[:CHANGES]]
    left_out = {"changes_left_out": len(changes) - CHANGES} if len(changes) > CHANGES else {}
    document = described | {"changes": listed} | left_out
    if _fits(document):
        return document
    short = {"changes": [_summary(change) for change in listed], "truncated": True} | left_out
    return described | short if _fits(described | short) else short


def json_safe(value: Any) -> Any:
    """`value` in JSON's types; long texts and lists are cut, bytes are never shown.

    Of numbers only whole ones that every reader of JSON takes alike; others are texts. So what is
    hashed is what PostgreSQL gives back.
    """
    if value is None or isinstance(value, bool):
        return value
    for types, convert in _CONVERSIONS:
        if isinstance(value, types):
            return convert(value)
    return clean_text(str(value), TEXT_CHARS)


def clean_text(text: str, limit: int) -> str:
    """Without what PostgreSQL refuses (NUL, lone surrogates), and cut to `limit` characters."""
    storable = text.replace("\0", "").encode(errors="replace").decode()
    return storable if len(storable) <= limit else storable[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """Also without line ends and escape sequences, for what a stranger wrote."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return clean_text(shown, limit)


def _safe_mapping(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    items = list(mapping.items())
    safe = {clean_text(str(key), TEXT_CHARS): json_safe(value) for key, value in items[:ITEMS]}
    return safe if len(items) <= ITEMS else safe | {"…": f"{len(items) - ITEMS} more"}


def _safe_list(values: Iterable[Any]) -> list[Any]:
    items = list(values)
    safe = [json_safe(value) for value in items[:ITEMS]]
    return safe if len(items) <= ITEMS else [*safe, f"… {len(items) - ITEMS} more"]


def _safe_int(value: int) -> int | str:
    return int(value) if abs(value) <= _EXACT else str(value)


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int, _safe_int),
    (Mapping, _safe_mapping),
    ((list, tuple, set, frozenset), _safe_list),
    (date, lambda value: value.isoformat()),
    ((bytes, bytearray, memoryview), lambda value: f"{len(value)} bytes"),
)


def _fits(document: dict[str, Any]) -> bool:
    return len(json.dumps(document, ensure_ascii=False).encode()) <= DOCUMENT_BYTES


def _summary(change: dict[str, Any]) -> dict[str, Any]:
    return {name: change[name] for name in _SUMMARY if name in change}
