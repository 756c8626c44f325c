"""The property bags of SARIF: anything may stand in them, so only what fits is taken."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import MsgspecError, Raw, json

from scans.domain.formats.sarif_structs import Scalar

_HIGHEST_SCORE = 10.0
# Scanners write some kilobytes; of a larger bag nothing is read.
_BAG_BYTES = 500_000
_WORD_KEYS = ("severity", "issue_severity", "impact", "cvss_severity", "security-severity")
_CWE_KEYS = ("cwe", "cwes", "cwe-id", "cwe_id", "cweId", "CWE")
_LABEL_KEYS = ("category", "categories", "type")
_PACKAGE_KEYS = ("purl", "packageName", "package_name", "package", "pkgName")
_VERIFIED = {"verified": ("true",), "active": ("true",), "validity": ("valid", "active")}
_CWE = re.compile(r"(?:^|[^a-z])cwe[-_ ]?0*(\d{1,4})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\s*0*(\d{1,4})\s*$")

_bag = json.Decoder(dict[str, Raw])
_scalars = json.Decoder(Scalar | list[Scalar])
_strings = json.Decoder(dict[str, str])


class Marks(NamedTuple):
    """What a property bag says of a rule or a result."""

    security_severity: float | None = None
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cwes: frozenset[int] = frozenset()
    is_verified: bool = False
    package: str = ""


NO_MARKS = Marks()


def marks(properties: Raw | bytes) -> Marks:
    """Read a property bag; what is no object has no marks."""
    try:
        bag = _bag.decode(properties) if _is_small(properties) else {}
    except (MsgspecError, UnicodeError):
        bag = {}
    if not bag:
        return NO_MARKS
    return Marks(
        security_severity=score(_first(bag, "security-severity")),
        words=tuple(str(v).lower() for key in _WORD_KEYS for v in scalars(bag.get(key))),
        tags=_texts(bag, ("tags",)),
        labels=tuple(text.lower() for text in _texts(bag, _LABEL_KEYS)),
        cwes=frozenset(n for text in _texts(bag, _CWE_KEYS) for n in cwe_numbers(text)),
        is_verified=_is_verified(bag),
        package=next(iter(_texts(bag, _PACKAGE_KEYS)), ""),
    )


def scalars(raw: Raw | None) -> list[Scalar]:
    """Return one scalar or a list of scalars as a list; nothing of what is neither."""
    try:
        value = _scalars.decode(raw) if raw else None
    except (MsgspecError, UnicodeError):
        return []
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def strings(raw: Raw) -> Mapping[str, str]:
    """Return the string values of an object."""
    if not _is_small(raw):
        return {}
    try:
        return _strings.decode(raw)
    except (MsgspecError, UnicodeError):
        return _strings_among_others(raw)


def _strings_among_others(raw: Raw) -> Mapping[str, str]:
    try:
        bag = _bag.decode(raw)
    except (MsgspecError, UnicodeError):
        return {}
    values = ((name, scalars(value)) for name, value in bag.items() if bytes(value)[:1] == b'"')
    return {name: text for name, found in values for text in found if isinstance(text, str)}


def number(value: Scalar) -> float | None:
    """Return a number, also one that is written as a string."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def score(value: Scalar) -> float | None:
    """Return a security-severity of 0 to 10; anything else says nothing."""
    found = number(value)
    return found if found is not None and 0 <= found <= _HIGHEST_SCORE else None


def cwe_numbers(text: str) -> list[int]:
    """Return the CWE ids in a name, a tag or a plain number."""
    plain = _NUMBER.match(text)
    return [int(plain.group(1))] if plain else tagged_cwes(text)


def tagged_cwes(text: str) -> list[int]:
    """Return the CWE ids in a text that marks them as such (CWE-79, external/cwe/cwe-079)."""
    return [int(found) for found in _CWE.findall(text)]


def _is_small(raw: Raw | bytes) -> bool:
    return 0 < len(raw) <= _BAG_BYTES


def _first(bag: Mapping[str, Raw], key: str) -> Scalar:
    return next(iter(scalars(bag.get(key))), None)


def _texts(bag: Mapping[str, Raw], keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(v) for key in keys for v in scalars(bag.get(key)) if v is not None)


def _is_verified(bag: Mapping[str, Raw]) -> bool:
    return any(
        str(_first(bag, key)).lower() in words for key, words in _VERIFIED.items() if key in bag
    )
