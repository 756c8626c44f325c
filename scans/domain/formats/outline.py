"""The outside of a JSON document, by which a report's format is recognised.

An outline is a set of marks, which a format's entry in the registry names:

    "runs"               the outermost object has this property
    "results{}"          ... and it is an object, or with "[]" an array
    "results[].source"   ... and its first element, or with "{}" itself, has this property
    "[].RuleID"          the outermost value is an array, and its first element has this property
    "logger=trufflehog"  the outermost object has this property with this text

To look costs one pass over the bytes, and the memory of one first element.
"""

import json
import re
from collections.abc import Iterable

import msgspec
from msgspec import MsgspecError, Raw

from scans.domain.formats.sarif_structs import ABSENT

Marks = frozenset[str]

_INK = re.compile(rb"[^ \t\r\n]")
# No tool begins an array with more; of a longer first element only its first property is seen.
_LOOK_BYTES = 1 << 16
_FIRST_PROPERTY = re.compile(r'^\{\s*"(\w+)"\s*:')
_BEHIND_PROPERTY = re.compile(r"[\[{=.]")
_TEXT_BYTES = 100


class Outlines:
    """Takes outlines that hold the marks that are asked for, and maybe some more."""

    def __init__(self, asked: Iterable[str]) -> None:
        names = {_property(mark) for mark in asked} - {""}
        self._names = sorted(names)
        fields = [(name, Raw, ABSENT) for name in self._names]
        self._shape = msgspec.defstruct("Outline", fields, gc=False)

    def of(self, text: bytes) -> Marks:
        """Return the marks of a document, or of JSON lines those of the first line.

        Raises MsgspecError for an object that is no JSON; of an array only the beginning is read.
        """
        start = beginning(text)
        if text.startswith(b"[", start):
            return frozenset(f"[].{name}" for name in _inner(text[start : start + _LOOK_BYTES]))
        if not text.startswith(b"{", start):
            return frozenset()
        try:
            return self._of_object(text)
        except MsgspecError:
            return self._of_object(_line(text, start))

    def _of_object(self, text: bytes) -> Marks:
        found = msgspec.json.decode(text, type=self._shape)
        raws = ((name, getattr(found, name)) for name in self._names)
        return frozenset(mark for name, raw in raws if raw for mark in _marks(name, raw))


def beginning(text: bytes) -> int:
    """Return where a text's white space ends; its length if it is nothing else."""
    found = _INK.search(text)
    return found.start() if found else len(text)


def _line(text: bytes, start: int) -> bytes:
    end = text.find(b"\n", start)
    return text[start:end] if end >= 0 else text


def _property(mark: str) -> str:
    """The outermost property that a mark is about; "" for one about an array."""
    return _BEHIND_PROPERTY.split(mark)[0]


def _marks(name: str, raw: Raw) -> list[str]:
    start = bytes(memoryview(raw)[:_LOOK_BYTES])
    if start.startswith(b'"') and len(raw) < _TEXT_BYTES:
        return [name, f"{name}={msgspec.json.decode(raw, type=str)}"]
    if start.startswith((b"[", b"{")):
        kind = name + ("[]" if start.startswith(b"[") else "{}")
        return [name, kind, *(f"{kind}.{inner}" for inner in _inner(start))]
    return [name]


def _inner(start: bytes) -> list[str]:
    """The properties of an object, or of an array's first element, which begins so."""
    text = start.decode(errors="replace")
    opened = text.find("{")
    if opened < 0 or text[:opened].strip("[ \t\r\n"):
        return []
    try:
        found, _ = json.JSONDecoder().raw_decode(text, opened)
    except ValueError:
        return _FIRST_PROPERTY.findall(text[opened : opened + _TEXT_BYTES])
    return list(found)
