"""Which rule a result belongs to (SARIF 3.27.5 to 3.27.7, 3.52)."""

from collections.abc import Iterator

from scans.domain.formats.sarif_rules import LEVELS, Catalogs, ResolvedRule, is_index
from scans.domain.formats.sarif_structs import (
    Component,
    Configuration,
    DescriptorReference,
    Invocation,
    Override,
    Reference,
    Rule,
    Scalar,
)
from scans.domain.text import as_text
from scans.domain.tools import Tool, tool_named

NO_RULE = Rule()

# A component (0 is the driver) and a place in its list of rules.
Place = tuple[int, int]


class RuleBook:
    """The rules of a run's driver and extensions, and the overrides of its invocations."""

    def __init__(
        self,
        listed: list[tuple[Component, list[Rule]]],
        invocations: list[Invocation],
        catalogs: Catalogs,
    ) -> None:
        self._components = [component for component, _ in listed]
        self._rules = [rules for _, rules in listed]
        self._catalogs = catalogs
        self._tools = [tool_named(as_text(component.name)) for component in self._components]
        self._by_id: dict[tuple[int, str], Place] = {}
        self._by_any_id: dict[str, Place] = {}
        self._by_old_id: dict[str, Place] = {}
        self._by_guid: dict[str, Place] = {}
        self._index_rules()
        self._components_by_name = self._index_components()
        self._overrides = [self._overrides_of(invocation) for invocation in invocations]

    @property
    def tool(self) -> Tool:
        """The tool that the driver's name stands for."""
        return self._tools[0]

    def resolve(
        self, rule_id: str, rule_index: Scalar, ref: DescriptorReference | None, invocation: int
    ) -> ResolvedRule:
        """Find a result's rule: the id counts more than an index that contradicts it."""
        reference = ref or DescriptorReference()
        wanted = rule_id or as_text(reference.id)
        component = self._component(reference.tool_component)
        index = rule_index if reference.index == -1 else reference.index
        place = self._place(wanted, component, index, as_text(reference.guid))
        if place is None:
            return self._resolved(NO_RULE, wanted, component, "")
        rule = self._rules[place[0]][place[1]]
        level = self._configuration(place, invocation).level
        return self._resolved(rule, wanted, place[0], level if level in LEVELS else "")

    def listed(self) -> Iterator[ResolvedRule]:
        """Return the rules that were switched on."""
        for component, rules in enumerate(self._rules):
            for index, rule in enumerate(rules):
                if self._configuration((component, index), 0).enabled is not False:
                    yield self._resolved(rule, "", component, "")

    def _resolved(self, rule: Rule, rule_id: str, component: int, level: Scalar) -> ResolvedRule:
        tool = self._tools[component]
        return ResolvedRule(
            rule=rule,
            rule_id=rule_id or as_text(rule.id) or "unknown",
            tool=tool if tool.key else self.tool,
            level=as_text(level),
            catalogs=self._catalogs,
        )

    def _component(self, reference: Reference | None) -> int:
        if reference is None:
            return 0
        index = reference.index
        if is_index(index, len(self._components) - 1):
            return index + 1
        by_guid = self._components_by_name.get(as_text(reference.guid))
        return by_guid or self._components_by_name.get(as_text(reference.name), 0)

    def _place(self, wanted: str, component: int, index: Scalar, guid: str) -> Place | None:
        rules = self._rules[component]
        if is_index(index, len(rules)) and _names(as_text(rules[index].id), wanted):
            return component, index
        return self._by_guid.get(guid) or self._place_by_id(wanted, component)

    def _place_by_id(self, wanted: str, component: int) -> Place | None:
        """Look for the id, then for the one that it refines; in this component, then anywhere.

        A rule that once had that id comes last.
        """
        names = [name for name in (wanted, wanted.rpartition("/")[0]) if name]
        for rule_id in names:
            place = self._by_id.get((component, rule_id)) or self._by_any_id.get(rule_id)
            if place is not None:
                return place
        return next((self._by_old_id[name] for name in names if name in self._by_old_id), None)

    def _index_rules(self) -> None:
        for component, rules in enumerate(self._rules):
            for position, rule in enumerate(rules):
                place = component, position
                self._by_id.setdefault((component, as_text(rule.id)), place)
                self._by_any_id.setdefault(as_text(rule.id), place)
                self._by_guid.setdefault(as_text(rule.guid), place)
                for old_id in rule.deprecated_ids or ():
                    self._by_old_id.setdefault(as_text(old_id), place)
        self._by_guid.pop("", None)

    def _index_components(self) -> dict[str, int]:
        """Extensions by name and by GUID; the first of a name counts."""
        found: dict[str, int] = {}
        for number, component in enumerate(self._components):
            found.setdefault(as_text(component.name), number)
            found.setdefault(as_text(component.guid), number)
        found.pop("", None)
        return found

    def _configuration(self, place: Place, invocation: int) -> Configuration:
        """The rule's configuration, a value that an invocation overrides taken from there."""
        own = self._rules[place[0]][place[1]].default_configuration or Configuration()
        overrides = (
            self._overrides[invocation] if is_index(invocation, len(self._overrides)) else {}
        )
        override = overrides.get(place)
        if override is None:
            return own
        return Configuration(override.enabled, override.level or own.level)

    def _overrides_of(self, invocation: Invocation) -> dict[Place, Configuration]:
        found = {}
        for override in invocation.rule_configuration_overrides or ():
            place = self._overridden(override)
            if place and override.configuration:
                found[place] = override.configuration
        return found

    def _overridden(self, override: Override) -> Place | None:
        reference = override.descriptor or DescriptorReference()
        component = self._component(reference.tool_component)
        if is_index(reference.index, len(self._rules[component])):
            return component, reference.index
        return self._by_id.get((component, as_text(reference.id)))


def _names(rule_id: str, wanted: str) -> bool:
    return not wanted or wanted == rule_id or bool(rule_id and wanted.startswith(rule_id + "/"))
