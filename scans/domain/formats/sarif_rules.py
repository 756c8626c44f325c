"""A rule as results name it, with the verdicts that they share."""

from collections.abc import Iterable
from typing import NamedTuple, TypeGuard

from scans.domain import classify, components
from scans.domain import severity as severities
from scans.domain.facts import Facts
from scans.domain.findings import RULE_ID_CHARS, Severity
from scans.domain.formats.sarif_marks import (
    Marks,
    cwe_numbers,
    marks,
    tagged_cwes,
)
from scans.domain.formats.sarif_structs import Component, Reference, Rule, Scalar
from scans.domain.text import as_text, clean
from scans.domain.tools import Tool

# What tells rules apart: more than is stored, but not without a limit.
_FULL_ID_CHARS = 1_000
LEVELS = frozenset(("error", "warning", "note", "none"))


class Verdict(NamedTuple):
    """What a rule and the marks of a result come to."""

    check_type: str
    severity: str
    cwes: tuple[int, ...]


class Aspect(NamedTuple):
    """What of a result, beside its rule, decides on check type and severity."""

    level: str = ""
    rank: float | None = None
    marks: Marks = Marks()
    taxa: frozenset[int] = frozenset()
    is_infrastructure: bool = False
    is_review: bool = False


class ResolvedRule:
    """A rule as one result names it; remembers its verdicts, as most results share one."""

    __slots__ = ("_marks", "_related", "_tool", "_verdicts", "full_id", "level", "rule", "rule_id")

    def __init__(
        self, rule: Rule, rule_id: str, tool: Tool, level: str, catalogs: "Catalogs"
    ) -> None:
        self.rule = rule
        self.full_id = rule_id[:_FULL_ID_CHARS]
        self.rule_id = clean(rule_id, RULE_ID_CHARS)
        self.level = level
        self._tool = tool
        self._marks = marks(rule.properties)
        self._related = frozenset(
            number
            for relation in rule.relationships or ()
            if relation.target and catalogs.is_cwe(relation.target.tool_component)
            for number in cwe_numbers(str(relation.target.id))
        )
        self._verdicts: dict[Aspect, Verdict] = {}

    @property
    def name(self) -> str:
        """The most readable name of the rule."""
        rule = self.rule
        return as_text(rule.name) or self.rule_id

    @property
    def summary(self) -> str:
        """The rule's short description; the full one may quote what was found."""
        description = self.rule.short_description
        return as_text(description.text).strip() if description else ""

    @property
    def vulnerability(self) -> str:
        """The CVE or GHSA id that the rule stands for, "" for none."""
        aliases = [self.full_id, *map(as_text, self.rule.deprecated_ids or ())]
        description = self.rule.full_description
        return components.vulnerability(aliases, as_text(description.text) if description else "")

    def verdict(self, aspect: Aspect) -> Verdict:
        """Classify and grade a result of this rule."""
        known = self._verdicts.get(aspect)
        if known is None:
            known = self._verdicts[aspect] = self._judge(aspect)
        return known

    def listed_check_type(self) -> str:
        """Return what the rule looks for, whether or not it has found something."""
        return str(classify.check_type(self._facts(Aspect())))

    def _judge(self, aspect: Aspect) -> Verdict:
        facts = self._facts(aspect)
        check_type = classify.check_type(facts)
        found = severities.severity(facts, check_type)
        severity = Severity.INFO if aspect.is_review else found
        return Verdict(str(check_type), str(severity), facts.cwes)

    def _facts(self, aspect: Aspect) -> Facts:
        own, of_rule = aspect.marks, self._marks
        return Facts(
            tool=self._tool,
            rule_id=self.full_id,
            rule_name=as_text(self.rule.name),
            tags=(*of_rule.tags, *own.tags),
            labels=(*of_rule.labels, *own.labels),
            cwes=tuple(sorted(self._cwes(aspect))),
            security_severity=self._score(aspect),
            words=(*own.words, *of_rule.words),
            rank=aspect.rank,
            level=aspect.level or self.level,
            is_verified=own.is_verified,
            is_infrastructure=aspect.is_infrastructure,
        )

    def _score(self, aspect: Aspect) -> float | None:
        own = aspect.marks.security_severity
        return self._marks.security_severity if own is None else own

    def _cwes(self, aspect: Aspect) -> Iterable[int]:
        """The first source that names any: result, relationships, tags, or else the rule's id."""
        tags = (*self._marks.tags, *aspect.marks.tags)
        return (
            aspect.taxa | aspect.marks.cwes
            or self._related
            or self._marks.cwes.union(*map(tagged_cwes, tags))
            or self._cwes_of_id()
        )

    def _cwes_of_id(self) -> list[int]:
        """Veracode's rules are CWE numbers, others' CWE-79 and the like."""
        is_number = self._tool.key == "veracode"
        return cwe_numbers(self.full_id) if is_number else tagged_cwes(self.full_id)


class Catalogs:
    """The taxonomies of a run, to tell which of them is CWE."""

    def __init__(self, taxonomies: Iterable[Component]) -> None:
        self._names = [(as_text(t.name), t.guid) for t in taxonomies]

    def is_cwe(self, reference: Reference | None) -> bool:
        """Whether a reference names CWE, by name or by a listed taxonomy's index or GUID."""
        if reference is None:
            return False
        name = as_text(reference.name) or self._resolved(reference)
        return name.upper() == "CWE"

    def _resolved(self, reference: Reference) -> str:
        if is_index(reference.index, len(self._names)):
            return self._names[reference.index][0]
        guid = reference.guid
        return next((name for name, g in self._names if guid is not None and g == guid), "")


def is_index(value: Scalar, length: int) -> TypeGuard[int]:
    """Whether a value is an index into a list; negative ones and true are none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < length
