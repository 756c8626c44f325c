"""SARIF 2.1.0: a log's runs as findings."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Raw, ValidationError, json, structs

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import (
    CATEGORY_CHARS,
    TOOL_CHARS,
    VERSION_CHARS,
    CheckType,
    ReportLimits,
)
from scans.domain.fingerprints import Draft
from scans.domain.formats.decoding import misfit
from scans.domain.formats.sarif_memory import with_memory
from scans.domain.formats.sarif_results import NOT_LOOKED_FOR, UNDECIDED, ResultReader
from scans.domain.formats.sarif_rulebook import RuleBook
from scans.domain.formats.sarif_rules import Catalogs
from scans.domain.formats.sarif_structs import (
    ABSENT,
    Component,
    Head,
    Invocation,
    Log,
    Result,
    Rule,
    Run,
    Skipped,
)
from scans.domain.memo import Ignored, Memory, Outcome
from scans.domain.text import as_text, clean
from scans.domain.union import Reading

VERSION = "2.1.0"
# The last part of an automation id that only stamps the run: a number, a date, a time, a commit.
_STAMP = re.compile(
    r"\d+"
    r"|\d{4}[-_.]\d{1,2}[-_.]\d{1,2}(?:[T _-]?\d{1,2}[:_.-]?\d{2}(?:[:_.-]?\d{2}(?:\.\d+)?)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?"
    r"|\d{8}[T_-]\d{4,6}Z?"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[a-fA-F]*\d)[0-9a-fA-F]{7,}"
    # OpenSSF Scorecard: a commit, and when it was looked at.
    r"|[0-9a-fA-F]{40}-.*"
)

# How nearly all tools begin a log: nothing but texts before its runs.
_SPACE = rb"\s{0,100}"
_TEXT_PROPERTY = rb'"[^"\\]{1,50}"%b:%b"[^"\\]{0,500}"%b,%b' % (4 * (_SPACE,))
_BEGINNING = re.compile(rb'%b\{%b(?:%b){,10}"runs"%b:' % (_SPACE, _SPACE, _TEXT_PROPERTY, _SPACE))

# Extensions, invocations and the like of one run: far more than any tool writes.
_MOST_PARTS = 10_000

T = TypeVar("T")
_Countable: Any = list[Skipped] | None
_Results: Any = list[Raw] | None

_result = json.Decoder(Result)


def parse(text: bytes, limits: ReportLimits, memory: Memory | None = None) -> list[Reading]:
    """Read a log: one Reading for each of its runs.

    Raises ReportFormatError and ReportTooLargeError. With a `memory` the only run of a log may be
    read by its differences to the one before (scans.domain.memo).
    """
    lies_elsewhere = _counted(text, limits)
    log = decode(text, Log, at="$")
    counter = _RuleCounter(limits)
    runs = [
        _OpenRun(run, f"$.runs[{number}]", counter, lies_elsewhere=lies_elsewhere)
        for number, run in enumerate(log.runs or ())
    ]
    if memory and len(runs) == 1 and memory.is_worth(len(runs[0].results)):
        return [with_memory(runs[0], memory)]
    return [run.reading(run.read(range(len(run.results)))) for run in runs]


def begins_log(text: bytes) -> bool:
    """Whether the outermost object plainly has runs; False says nothing."""
    return _BEGINNING.match(text) is not None


def decode(content: bytes | Raw, shape: type[T], *, at: str) -> T:
    """Decode a part of the log; what does not fit is named by its path."""
    try:
        return json.decode(content, type=shape)
    except ValidationError as error:
        raise misfit(error, "SARIF", at) from error


def _counted(text: bytes, limits: ReportLimits) -> bool:
    """Refuse a log of another version or of too many runs or results, before they are decoded.

    Returns whether it holds results outside of its runs.
    """
    head = decode(text, Head, at="$")
    if head.version != VERSION:
        raise ReportFormatError(
            f"Only SARIF {VERSION} can be read; `version` at $.version is not that."
        )
    if head.runs and len(head.runs) > limits.runs:
        raise ReportTooLargeError(f"The report holds more than {limits.runs:,} runs.")
    if sum(len(run.results or ()) for run in head.runs or ()) > limits.results:
        raise ReportTooLargeError(f"The report holds more than {limits.results:,} results.")
    return any(part.results for part in head.inline_external_properties or ())


class _RuleCounter:
    """Counts the rules of all runs, before they are decoded."""

    def __init__(self, limits: ReportLimits) -> None:
        self.limits = limits
        self._left = limits.rules

    def decode(self, raw: Raw, *, at: str) -> list[Rule]:
        """Decode an array of rules, unless there are too many."""
        counted = decode(raw, _Countable, at=at) if raw else None
        self._left -= len(counted or ())
        if self._left < 0:
            raise ReportTooLargeError(f"The report holds more than {self.limits.rules:,} rules.")
        return decode(raw, list[Rule], at=at) if counted else []


class _OpenRun:
    """A run whose results are read on request, by their places in `results`.

    They are decoded one by one: in a single call they would hold up all other threads.
    """

    def __init__(self, run: Run, at: str, counter: _RuleCounter, *, lies_elsewhere: bool) -> None:
        _check_run(run, at)
        _check_parts(run, at)
        self._run = run
        self._at = f"{at}.results"
        self._book = _rule_book(run, at, counter)
        results = decode(run.results, _Results, at=self._at) if run.results else None
        self.results: list[Raw] = results or []
        self._reader = ResultReader(run, self._book, counter.limits)
        self.tool = clean(as_text(run.tool.driver.name).strip(), TOOL_CHARS)
        details = run.automation_details
        self.category = category(as_text(details.id) if details else "")
        # Absent results are those of a tool that did not get as far as looking (3.14.23).
        failed = results is None or any(map(_has_failed, run.invocations or ()))
        self.is_complete = not (failed or lies_elsewhere)

    def read(self, places: Sequence[int]) -> list[Outcome]:
        """Read the results at these places; raises ReportFormatError."""
        decoded: list[Result] = []
        try:
            for place in places:
                decoded.append(_result.decode(self.results[place]))  # noqa: PERF401 - their number is needed
        except ValidationError as error:
            raise misfit(error, "SARIF", f"{self._at}[{places[len(decoded)]}]") from error
        return self._reader.read(decoded)

    @property
    def reads_each_alone(self) -> bool:
        """Whether no path so far had to be told by those of the other results."""
        return self._reader.reads_each_alone

    def header(self) -> bytes:
        """Return all that is read of the run, but its results and its name."""
        around = structs.replace(self._run, results=ABSENT, automation_details=None)
        return json.encode(around)

    def reading(self, outcomes: Iterable[Outcome]) -> Reading:
        """Return the run with these outcomes as those of its results."""
        drafts: list[Draft] = []
        ignored: list[Ignored] = []
        for outcome in outcomes:
            if isinstance(outcome, Draft):
                drafts.append(outcome)
            else:
                ignored.append(outcome)
        looked_for = {one.check_type for one in ignored if one.reason != NOT_LOOKED_FOR}
        check_types = self.check_types(looked_for.union(one.check_type for one in drafts))
        undecided = {one.check_type for one in ignored if one.reason == UNDECIDED}
        return Reading(
            tool=self.tool,
            version=_version(self._run.tool.driver),
            category=self.category,
            is_complete=self.is_complete,
            check_types=check_types,
            open_check_types=check_types & undecided,
            drafts=drafts,
            ignored=Counter(one.reason for one in ignored),
        )

    def check_types(self, found: set[str]) -> frozenset[str]:
        """What was checked; of a tool of many or of unknown kinds, rules and results tell."""
        if self._book.tool.check_types:
            return self._book.tool.check_types
        listed = {rule.listed_check_type() for rule in self._book.listed()}
        return frozenset(listed | found).intersection(map(str, CheckType))


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


def _check_parts(run: Run, at: str) -> None:
    """Limit what is looked at before or for each result."""
    parts = {
        "tool.extensions": run.tool.extensions,
        "invocations": run.invocations,
        "originalUriBaseIds": run.original_uri_base_ids,
        "taxonomies": run.taxonomies,
        "versionControlProvenance": run.version_control_provenance,
    }
    for name, part in parts.items():
        if part and len(part) > _MOST_PARTS:
            raise ReportTooLargeError(
                f"{at}.{name} holds more than {_MOST_PARTS:,} entries; leave out what no result "
                "needs."
            )


def _rule_book(run: Run, at: str, counter: _RuleCounter) -> RuleBook:
    components = [run.tool.driver, *(run.tool.extensions or ())]
    listed = [(component, _rules(component, at, counter)) for component in components]
    return RuleBook(listed, run.invocations or [], Catalogs(run.taxonomies or ()))


def _rules(component: Component, at: str, counter: _RuleCounter) -> list[Rule]:
    return counter.decode(component.rules, at=f"{at}.tool..rules")


def _version(driver: Component) -> str:
    version = as_text(driver.semantic_version).strip() or as_text(driver.version).strip()
    return clean(version, VERSION_CHARS)


def category(automation_id: str) -> str:
    """Return the part of an automation id that stays the same from run to run."""
    name = automation_id.strip().removesuffix("/")
    front, slash, last = name.rpartition("/")
    if slash and _STAMP.fullmatch(last.strip()):
        name = front
    return clean(name, CATEGORY_CHARS)


def _has_failed(invocation: Invocation) -> bool:
    notifications = (
        *(invocation.tool_execution_notifications or ()),
        *(invocation.tool_configuration_notifications or ()),
    )
    return invocation.execution_successful is False or any(
        notification.level == "error" for notification in notifications
    )
