"""The results of one run, each read, judged and made ready for its fingerprint."""

from collections.abc import Sequence

from msgspec import Raw

from scans.domain.findings import CheckType, ReportLimits
from scans.domain.fingerprints import Draft
from scans.domain.formats.sarif_identity import claims, component_identity, context, identity
from scans.domain.formats.sarif_marks import (
    NO_MARKS,
    Marks,
    cwe_numbers,
    marks,
    number,
    scalars,
)
from scans.domain.formats.sarif_messages import message_text, secret_message
from scans.domain.formats.sarif_paths import Paths
from scans.domain.formats.sarif_rulebook import RuleBook
from scans.domain.formats.sarif_rules import (
    LEVELS,
    Aspect,
    Catalogs,
    ResolvedRule,
    Verdict,
    is_index,
)
from scans.domain.formats.sarif_structs import (
    DescriptorReference,
    Region,
    Result,
    Run,
    Scalar,
    Suppression,
)
from scans.domain.locations import infrastructure_kind
from scans.domain.memo import Ignored, Outcome
from scans.domain.text import as_text, clean

# Reasons to ignore a result that tell something of its run.
UNDECIDED, NOT_LOOKED_FOR = "kind_open", "kind_not_applicable"
_IGNORED_KINDS = {
    "pass": "kind_pass",
    "open": UNDECIDED,
    "notApplicable": NOT_LOOKED_FOR,
    "informational": "kind_informational",
}
# Plain strings: to compare with a member of an enumeration takes several times as long.
_SECRETS, _SCA_VULNS = CheckType.SECRETS.value, CheckType.SCA_VULNS.value
_NOT_SUPPRESSED = ("underReview", "rejected")
_HIGHEST_LINE = 2**31 - 1
_NO_TAXA: frozenset[int] = frozenset()
# Longer property bags hardly ever come twice.
_SHORT_BAG = 300


_Judgement = tuple[ResolvedRule, Verdict, Marks]


class ResultReader:
    """Reads results one by one; what they have in common is worked out once."""

    def __init__(self, run: Run, book: RuleBook, limits: ReportLimits) -> None:
        self._book = book
        self._limits = limits
        self._paths = Paths(run, limits.path_chars)
        self._catalogs = Catalogs(run.taxonomies or ())
        self._invocations = len(run.invocations or ())
        self._shared_texts = run.tool.driver.global_message_strings or {}
        self._rules: dict[tuple[object, ...], ResolvedRule] = {}
        self._judgements: dict[tuple[object, ...], _Judgement] = {}
        self._marks: dict[bytes, Marks] = {}
        self._infrastructure: dict[str, bool] = {}

    @property
    def reads_each_alone(self) -> bool:
        """Whether no path so far had to be told by those of the other results."""
        return not self._paths.are_guessed

    def read(self, results: Sequence[Result]) -> list[Outcome]:
        """Turn each result into a draft, or tell why it is none."""
        return [
            self._outcome(result, path)
            for result, path in zip(results, self._paths.of(results), strict=True)
        ]

    def _outcome(self, result: Result, path: str) -> Outcome:
        rule, verdict, own = self._judged(result, path)
        reason = self._reason_to_ignore(result)
        if reason is not None:
            return Ignored(reason, verdict.check_type)
        return self._draft(result, rule, verdict, own, path)

    def _judged(self, result: Result, path: str) -> _Judgement:
        """Resolve and classify; plain results of one rule and level share their judgement."""
        if result.rule or result.rank or result.properties or result.taxa or result.provenance:
            return self._judge(result, path)
        is_infrastructure = self._book.tool.is_mixed and self._is_infrastructure(path)
        key = (result.rule_id, result.rule_index, result.level, result.kind, is_infrastructure)
        found = self._judgements.get(key)
        if found is None:
            found = self._judgements[key] = self._judge(result, path)
        return found

    def _judge(self, result: Result, path: str) -> _Judgement:
        rule = self._rule(result)
        aspect = self._aspect(result, path)
        return rule, rule.verdict(aspect), aspect.marks

    def _reason_to_ignore(self, result: Result) -> str | None:
        if result.kind is not None and result.kind in _IGNORED_KINDS:
            return _IGNORED_KINDS[as_text(result.kind)]
        is_gone = result.baseline_state == "absent"
        return "baseline_absent" if is_gone and self._trusts_states else None

    @property
    def _trusts_states(self) -> bool:
        return not self._book.tool.ignores_suppressions

    def _rule(self, result: Result) -> ResolvedRule:
        invocation = self._invocation(result)
        key = (result.rule_id, result.rule_index, _fields(result.rule), invocation)
        found = self._rules.get(key)
        if found is None:
            rule_id = as_text(result.rule_id)
            found = self._book.resolve(rule_id, result.rule_index, result.rule, invocation)
            self._rules[key] = found
        return found

    def _invocation(self, result: Result) -> int:
        """The invocation that made the result; the only one of the run where none is named."""
        if result.provenance and is_index(result.provenance.invocation_index, self._invocations):
            return result.provenance.invocation_index
        return 0 if self._invocations == 1 else -1

    def _aspect(self, result: Result, path: str) -> Aspect:
        level = result.level
        return Aspect(
            level if isinstance(level, str) and level in LEVELS else "",
            number(next(iter(scalars(result.rank)), None)) if result.rank else None,
            self._marks_of(result.properties) if result.properties else NO_MARKS,
            self._cwe_taxa(result.taxa) if result.taxa else _NO_TAXA,
            self._book.tool.is_mixed and self._is_infrastructure(path),
            result.kind == "review",
        )

    def _marks_of(self, properties: Raw) -> Marks:
        content = bytes(properties)
        if len(content) > _SHORT_BAG:
            return marks(content)
        found = self._marks.get(content)
        if found is None:
            found = self._marks[content] = marks(content)
        return found

    def _cwe_taxa(self, taxa: Sequence[DescriptorReference]) -> frozenset[int]:
        return frozenset(
            cwe
            for taxon in taxa
            if self._catalogs.is_cwe(taxon.tool_component)
            for cwe in cwe_numbers(str(taxon.id))
        )

    def _is_infrastructure(self, path: str) -> bool:
        known = self._infrastructure.get(path)
        if known is None:
            known = self._infrastructure[path] = bool(infrastructure_kind(path))
        return known

    def _draft(
        self, result: Result, rule: ResolvedRule, verdict: Verdict, own: Marks, path: str
    ) -> Draft:
        region = _region(result)
        line = line_number(region.start_line) if region else None
        text = message_text(result.message, rule, self._shared_texts)
        message = clean(text, self._limits.message_chars)
        check_type = verdict.check_type
        if check_type == _SCA_VULNS:
            parts = component_identity(result, rule, own.package, path, message)
            is_whole = True
        else:
            parts, is_whole = identity(check_type, rule, path, line)
        line_hash, claimed = ("", ()) if is_whole else claims(result)
        return Draft(
            check_type,
            verdict.severity,
            rule.rule_id,
            path,
            line,
            (line_number(region.start_column) or 0) if region else 0,
            message if check_type != _SECRETS else self._storable(rule),
            verdict.cwes,
            bool(result.suppressions) and self._is_suppressed(result.suppressions),
            parts,
            is_whole,
            "" if is_whole else line_hash or context(region, message),
            claimed,
        )

    def _storable(self, rule: ResolvedRule) -> str:
        """A message may quote the secret that it warns of, as Bandit's do."""
        return clean(secret_message(rule), self._limits.message_chars)

    def _is_suppressed(self, suppressions: Sequence[Suppression] | None) -> bool:
        """A missing status counts as accepted (3.35.3)."""
        if not suppressions or not self._trusts_states:
            return False
        states = [s.state if s.status is None else s.status for s in suppressions]
        return not any(state in _NOT_SUPPRESSED for state in states)


def line_number(value: Scalar) -> int | None:
    """Return a line or column that a database's integer holds; tools also write 0 and -1."""
    if type(value) is int:
        return value if 1 <= value <= _HIGHEST_LINE else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and 1 <= value <= _HIGHEST_LINE and value is not True:
        return value
    return None


def _region(result: Result) -> Region | None:
    physical = result.locations[0].physical_location if result.locations else None
    return physical.region if physical else None


def _fields(reference: DescriptorReference | None) -> tuple[Scalar, ...]:
    """What tells references apart, to look each up once."""
    if reference is None:
        return ()
    component = reference.tool_component
    of_component = (component.name, component.index, component.guid) if component else ()
    return (reference.id, reference.index, reference.guid, *of_component)
