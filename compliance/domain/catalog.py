"""The built-in frameworks, read from the bundled data once and checked as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from codestax.common.errors import DomainError
from compliance.domain.conditions import canonical_condition
from orgs.domain.plans import Plan

# Raised whenever a control or a rule of the bundled data changes; stands beside every score.
CATALOG_VERSION = "2026.1"

# The document lists them in this order.
BUILTIN_KEYS = ("soc2", "iso27001", "owasp", "pcidss", "hipaa", "nist_csf")
# Older editions: bundled and checked, not offered. No custom framework may take their keys.
ALTERNATE_KEYS = ("owasp_2021",)

DATA_DIR = Path(__file__).parent / "catalog_data"


class CatalogError(Exception):
    """The bundled data contradicts itself: a fault of the release, not of a request."""


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement of a framework, and what in the evidence answers it."""

    id: str
    name: str
    category: str
    description: str
    check_type: str
    pass_condition: str  # canonical
    source: str = ""
    baseline: str = "recommended"  # required | recommended | optional
    baseline_reason: str = ""
    cwe_filter: frozenset[int] | None = None
    takes_unclassified: bool = False


@dataclass(frozen=True, slots=True)
class Framework:
    """A catalog of controls. `requires_plan` is the lowest plan that may use it, None for any."""

    key: str
    name: str
    description: str
    controls: tuple[Control, ...]
    custom: bool = False
    requires_plan: str | None = None
    edition: str = ""
    source_urls: tuple[str, ...] = ()
    scope_note: str = ""
    cannot_speak_to: tuple[str, ...] = ()


class _ControlData(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    category: str
    description: str
    check_type: str
    pass_condition: str
    baseline: Literal["required", "recommended", "optional"]
    baseline_reason: str
    source: str
    cwe_filter: str | None = None  # "<edition>.<category>" in cwe_lists.json
    takes_unclassified: bool = False


class _FrameworkData(msgspec.Struct, forbid_unknown_fields=True):
    note: str
    key: str
    name: str
    description: str
    edition: str
    control_count: int
    requires_plan: Plan | None
    source_urls: tuple[str, ...]
    scope_note: str
    cannot_speak_to: tuple[str, ...]
    controls: tuple[_ControlData, ...]
    alternate_of: str | None = None


@cache
def builtin_frameworks() -> Mapping[str, Framework]:
    """Return the built-in frameworks by key, in catalog order; raises CatalogError."""
    return MappingProxyType({key: load_framework(DATA_DIR, key) for key in BUILTIN_KEYS})


@cache
def alternate_frameworks() -> Mapping[str, Framework]:
    """Return the other editions by key; raises CatalogError."""
    return MappingProxyType({key: load_framework(DATA_DIR, key) for key in ALTERNATE_KEYS})


def load_framework(folder: Path, key: str) -> Framework:
    """Read `<key>.json` and check it; raises CatalogError that names the fault."""
    data = _read(folder / f"{key}.json", _FrameworkData)
    lists = _read(folder / "cwe_lists.json", dict[str, Any])
    _check_ids(key, data)
    return Framework(
        key=key,
        name=data.name,
        description=data.description,
        controls=tuple(_control(key, control, lists) for control in data.controls),
        requires_plan=data.requires_plan and data.requires_plan.value,
        edition=data.edition,
        source_urls=data.source_urls,
        scope_note=data.scope_note,
        cannot_speak_to=data.cannot_speak_to,
    )


def _read(path: Path, shape: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError) as error:
        raise CatalogError(f"{path.name}: {error}") from error


def _check_ids(key: str, data: _FrameworkData) -> None:
    if data.key != key:
        raise CatalogError(f"{key}.json: holds the framework {data.key}")
    if data.control_count != len(data.controls):
        raise CatalogError(f"{key}: {len(data.controls)} controls, not {data.control_count}")
    for control_id, count in Counter(control.id for control in data.controls).items():
        if count > 1:
            raise CatalogError(f"{key}: control {control_id} stands {count} times")


def _control(key: str, data: _ControlData, lists: dict[str, Any]) -> Control:
    try:
        canonical = canonical_condition(data.pass_condition, data.check_type)
    except DomainError as error:
        raise CatalogError(f"{key}: control {data.id}: {error.message}") from error
    if canonical != data.pass_condition:
        raise CatalogError(f"{key}: control {data.id}: write {canonical}")
    return Control(**{**msgspec.structs.asdict(data), "cwe_filter": _cwes(key, data, lists)})


def _cwes(key: str, data: _ControlData, lists: dict[str, Any]) -> frozenset[int] | None:
    if data.cwe_filter is None:
        return None
    edition, _, category = data.cwe_filter.partition(".")
    try:
        return frozenset(lists[edition][category]["cwes"])
    except KeyError as error:
        raise CatalogError(f"{key}: control {data.id}: no list {data.cwe_filter}") from error
