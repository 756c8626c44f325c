"""SARIF 2.1.0: a log's runs as findings, one ParsedRun for each tool and category."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec import Raw, ValidationError, json

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import CheckType, ParsedRun, ReportLimits
from scans.domain.fingerprints import Draft, rows
from scans.domain.formats.sarif_results import ResultReader
from scans.domain.formats.sarif_rulebook import RuleBook
from scans.domain.formats.sarif_rules import Catalogs
from scans.domain.formats.sarif_structs import (
    Component,
    Head,
    Invocation,
    Log,
    Result,
    Rule,
    Run,
    Skipped,
)
from scans.domain.locations import infrastructure_kind
from scans.domain.text import as_text, clean

VERSION = "2.1.0"
_TOOL_CHARS = 100
_VERSION_CHARS = 100
_CATEGORY_CHARS = 200
# The last part of an automation id that only stamps the run: a number, a date, a time, a commit.
_STAMP = re.compile(
    r"\d+"
    r"|\d{4}[-_.]\d{1,2}[-_.]\d{1,2}(?:[T _-]?\d{1,2}[:_.-]?\d{2}(?:[:_.-]?\d{2}(?:\.\d+)?)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?"
    r"|\d{8}[T_-]\d{4,6}Z?"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[a-fA-F]*\d)[0-9a-fA-F]{7,}"
)

T = TypeVar("T")
_Countable: Any = list[Skipped] | None


@dataclass
class _Reading:
    """What one run came to, before runs of the same tool and category are united."""

    tool: str
    version: str
    category: str
    is_complete: bool
    check_types: frozenset[str]
    open_check_types: frozenset[str]
    drafts: list[Draft]
    results: int
    ignored: Counter[str]


def parse(payload: bytes, head: Head, limits: ReportLimits) -> list[ParsedRun]:
    """Return the runs of a log whose outermost object has been read.

    Raises ReportFormatError and ReportTooLargeError; runs are united per tool and category.
    """
    _check_head(head, limits)
    log = decode(payload, Log, at="$")
    counter = _Counter(limits)
    readings: dict[tuple[str, str], list[_Reading]] = defaultdict(list)
    for number, run in enumerate(log.runs or ()):
        reading = _read_run(run, f"$.runs[{number}]", counter)
        readings[reading.tool, reading.category].append(reading)
    lies_elsewhere = any(part.results for part in head.inline_external_properties or ())
    return [_united(those, lies_elsewhere) for those in readings.values()]


def decode(content: bytes | Raw, shape: type[T], *, at: str) -> T:
    """Decode a part of the log; what does not fit is named by its path."""
    try:
        return json.decode(content, type=shape)
    except ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        place = at + path.rstrip("`")
        raise ReportFormatError(f"The report is not valid SARIF: {reason} at {place}.") from error


def _check_head(head: Head, limits: ReportLimits) -> None:
    if head.version != VERSION:
        raise ReportFormatError(
            f"Only SARIF {VERSION} can be read; `version` at $.version is not that."
        )
    if head.runs and len(head.runs) > limits.runs:
        raise ReportTooLargeError(f"The report holds more than {limits.runs:,} runs.")


class _Counter:
    """Counts rules and results of all runs, before they are decoded."""

    def __init__(self, limits: ReportLimits) -> None:
        self.limits = limits
        self._left = {"rules": limits.rules, "results": limits.results}
        self._most = dict(self._left)

    def decode(self, raw: Raw, shape: type[T], *, name: str, at: str) -> list[T] | None:
        """Decode an array of objects, unless there are too many; None for an absent one."""
        counted = decode(raw, _Countable, at=at) if raw else None
        self._left[name] -= len(counted or ())
        if self._left[name] < 0:
            raise ReportTooLargeError(f"The report holds more than {self._most[name]:,} {name}.")
        return decode(raw, list[shape], at=at) if counted else counted  # type: ignore[valid-type]


def _read_run(run: Run, at: str, counter: _Counter) -> _Reading:
    _check_run(run, at)
    book = _rule_book(run, at, counter)
    results = counter.decode(run.results, Result, name="results", at=f"{at}.results")
    reader = ResultReader(run, book, counter.limits)
    reader.read(results or [])
    # Absent results are those of a tool that did not get as far as looking (3.14.23).
    failed = results is None or any(map(_has_failed, run.invocations or ()))
    check_types = book.tool.check_types or _shown_check_types(book, reader)
    return _Reading(
        tool=clean(as_text(run.tool.driver.name).strip(), _TOOL_CHARS),
        version=_version(run.tool.driver),
        category=category(as_text(run.automation_details.id) if run.automation_details else ""),
        is_complete=not failed,
        check_types=check_types,
        open_check_types=check_types & reader.open_check_types,
        drafts=reader.drafts,
        results=len(results or ()),
        ignored=reader.ignored,
    )


def _check_run(run: Run, at: str) -> None:
    if not as_text(run.tool.driver.name).strip():
        raise ReportFormatError(
            f"The report does not name its tool: {at}.tool.driver.name must be a text."
        )
    outside = run.external_property_file_references
    if outside and outside.results:
        raise ReportFormatError(
            f"The results of {at} lie in other files (externalPropertyFileReferences), which are "
            "never fetched; upload a report that holds its results."
        )


def _rule_book(run: Run, at: str, counter: _Counter) -> RuleBook:
    components = [run.tool.driver, *(run.tool.extensions or ())]
    listed = [(component, _rules(component, at, counter)) for component in components]
    return RuleBook(listed, run.invocations or [], Catalogs(run.taxonomies or ()))


def _rules(component: Component, at: str, counter: _Counter) -> list[Rule]:
    return counter.decode(component.rules, Rule, name="rules", at=f"{at}.tool..rules") or []


def _shown_check_types(book: RuleBook, reader: ResultReader) -> frozenset[str]:
    """What a tool of many or of unknown kinds has checked: its rules and results tell."""
    listed = {rule.listed_check_type() for rule in book.listed()}
    return frozenset(listed | reader.check_types).intersection(map(str, CheckType))


def _version(driver: Component) -> str:
    version = as_text(driver.semantic_version).strip() or as_text(driver.version).strip()
    return clean(version, _VERSION_CHARS)


def category(automation_id: str) -> str:
    """Return the part of an automation id that stays the same from run to run."""
    name = automation_id.strip().removesuffix("/")
    front, slash, last = name.rpartition("/")
    if slash and _STAMP.fullmatch(last.strip()):
        name = front
    return clean(name, _CATEGORY_CHARS)


def _has_failed(invocation: Invocation) -> bool:
    notifications = (
        *(invocation.tool_execution_notifications or ()),
        *(invocation.tool_configuration_notifications or ()),
    )
    return invocation.execution_successful is False or any(
        notification.level == "error" for notification in notifications
    )


def _united(readings: list[_Reading], lies_elsewhere: bool) -> ParsedRun:
    found = rows([draft for reading in readings for draft in reading.drafts])
    active_paths = {path for _, _, _, _, path, _, _, _, is_suppressed in found if not is_suppressed}
    return ParsedRun(
        tool=readings[0].tool,
        version=next((r.version for r in reversed(readings) if r.version), ""),
        category=readings[0].category,
        is_complete=all(r.is_complete for r in readings) and not lies_elsewhere,
        check_types=_union(r.check_types for r in readings),
        open_check_types=_union(r.open_check_types for r in readings),
        rows=found,
        results=sum(r.results for r in readings),
        duplicates=sum(len(r.drafts) for r in readings) - len(found),
        ignored=dict(sum((r.ignored for r in readings), Counter[str]())),
        iac_kinds=frozenset(map(infrastructure_kind, active_paths)) - {""},
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)
