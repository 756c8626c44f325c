"""What every report that is not SARIF is collected in: one tool, one category, no rules of its own.

A format's module reads its fields and says what each entry is: a secret, a vulnerable component,
a misconfiguration. What that comes to (severity, fingerprint, path, evidence) is decided here, by
the same functions as for SARIF.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from codestax.common.errors import ReportTooLargeError
from scans.domain import components, locations
from scans.domain.facts import Facts
from scans.domain.findings import (
    CATEGORY_CHARS,
    LICENCE,
    RULE_ID_CHARS,
    TOOL_CHARS,
    VERSION_CHARS,
    CheckType,
    ReportLimits,
)
from scans.domain.fingerprints import Draft, joined
from scans.domain.severity import severity
from scans.domain.text import clean
from scans.domain.tools import Tool, tool_named
from scans.domain.union import Reading

_URI_CHARS = 10_000
_HIGHEST_LINE = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One result as a format names it; everything but the rule may be left out.

    `words` are severities in the tool's own words (any case), `score` is a CVSS base score of 0 to
    10; `message` is stored as it is, so for a secret it must be the rule's text, never the match.
    """

    rule_id: str
    path: str = ""
    line: object = None
    message: str = ""
    words: tuple[str, ...] = ()
    score: float | None = None
    cwes: Iterable[int] = ()
    is_suppressed: bool = False
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class _Kept:
    entry: Entry
    check_type: str
    identity: str  # the part of the fingerprint that the path completes
    is_whole: bool


@dataclass
class PlainReport:
    """Collects entries; `parsed()` turns them into the run.

    Raises ReportTooLargeError with the first entry beyond the limit on results.
    """

    tool: str
    limits: ReportLimits
    version: str = ""
    category: str = ""
    _kept: list[_Kept] = field(default_factory=list)
    _ignored: Counter[str] = field(default_factory=Counter)
    _infrastructure: dict[str, bool] = field(default_factory=dict)

    def secret(self, entry: Entry) -> None:
        """Add a secret; without a line it is told by rule and path alone."""
        self._keep(entry, CheckType.SECRETS, "", is_whole=_line(entry.line) is not None)

    def component(self, entry: Entry, *, package: str, aliases: Iterable[str] = ()) -> None:
        """Add a vulnerable component: the flaw goes by its CVE id, where any alias is one."""
        flaw = components.vulnerability([entry.rule_id, *aliases]) or entry.rule_id
        name = components.canonical(package) or entry.message
        self._keep(entry, CheckType.SCA_VULNS, joined(flaw, name), is_whole=True)

    def misconfiguration(self, entry: Entry) -> None:
        """Add a flaw of infrastructure code."""
        self._keep(entry, CheckType.IAC_ISSUES, "", is_whole=False)

    def licence(self, entry: Entry, *, package: str) -> None:
        """Add a licence finding: stored and listed, never scored."""
        self._keep(entry, LICENCE, joined(entry.rule_id, package), is_whole=True)

    def ignore(self, reason: str) -> None:
        """Count an entry that is no finding; `reason` is published in the scan's counts."""
        self.check_room()
        self._ignored[reason] += 1

    def parsed(self, *, is_complete: bool = True, checked: Iterable[str] = ()) -> Reading:
        """Return the run. It proves what its tool is for, what it found, and `checked`."""
        shown = {one.check_type for one in self._kept} - {LICENCE} if self._tool.is_mixed else ()
        return Reading(
            tool=clean(self.tool.strip(), TOOL_CHARS),
            version=clean(self.version.strip(), VERSION_CHARS),
            category=clean(self.category, CATEGORY_CHARS),
            is_complete=is_complete,
            check_types=frozenset({*self._tool.check_types, *map(str, checked), *shown}),
            drafts=self._drafts(),
            ignored=self._ignored,
        )

    def _keep(self, entry: Entry, check_type: str, identity: str, *, is_whole: bool) -> None:
        self.check_room()
        # A plain string: enumerations are slow to compare and to store.
        self._kept.append(_Kept(entry, str(check_type), identity, is_whole))

    def check_room(self, count: int = 1) -> None:
        """Raise ReportTooLargeError unless `count` more results are within the limit."""
        if len(self._kept) + self._ignored.total() + count > self.limits.results:
            raise ReportTooLargeError(
                f"The report holds more than {self.limits.results:,} results."
            )

    @cached_property
    def _tool(self) -> Tool:
        return tool_named(self.tool)

    def _facts(self, entry: Entry) -> Facts:
        return Facts(
            tool=self._tool,
            rule_id=entry.rule_id,
            cwes=tuple(sorted(set(entry.cwes))),
            security_severity=entry.score,
            words=tuple(word.lower() for word in entry.words if word),
            is_verified=entry.is_verified,
            is_infrastructure=self._is_infrastructure(entry.path),
        )

    def _is_infrastructure(self, path: str) -> bool:
        """Looked up once for each path, as many results share one."""
        known = self._infrastructure.get(path)
        if known is None:
            kind = locations.infrastructure_kind(path[:_URI_CHARS])
            known = self._infrastructure[path] = bool(kind)
        return known

    def _drafts(self) -> list[Draft]:
        plain = {one.entry.path: _plain(one.entry.path) for one in self._kept}
        absolute = [path for path in plain.values() if locations.is_absolute(path)]
        checkout = locations.Checkout((), absolute)
        paths = {
            written: clean(checkout.placed(path), self.limits.path_chars)
            for written, path in plain.items()
        }
        return [self._draft(one, paths[one.entry.path]) for one in self._kept]

    def _draft(self, kept: _Kept, path: str) -> Draft:
        entry, facts = kept.entry, self._facts(kept.entry)
        message = clean(entry.message, self.limits.message_chars)
        return Draft(
            kept.check_type,
            severity(facts, kept.check_type),
            clean(entry.rule_id, RULE_ID_CHARS),
            path,
            _line(entry.line),
            0,
            message,
            facts.cwes,
            entry.is_suppressed,
            _identity(kept, path),
            kept.is_whole,
            "" if kept.is_whole else message,
        )


def _identity(kept: _Kept, path: str) -> str:
    """The same parts as for a SARIF result, so that a flaw is known whoever reports it."""
    if kept.is_whole and kept.identity:
        return joined(kept.check_type, kept.identity, path)
    if kept.is_whole:
        return joined(kept.check_type, path, str(kept.entry.line))
    return joined(kept.check_type, kept.entry.rule_id, path)


def _plain(path: str) -> str:
    return locations.plain_path(path[:_URI_CHARS])


def _line(value: object) -> int | None:
    """A line that a database's integer holds; tools also write 0 and text."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= _HIGHEST_LINE else None
