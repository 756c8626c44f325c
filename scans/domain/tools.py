"""Which tool wrote a report, and what that says about its findings."""

from dataclasses import dataclass
from functools import cache

from scans.domain.tables import inverted, table

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tool:
    """An entry of the tools' table: `key` is "" and `kind` is "unknown" for other tools."""

    key: str = ""
    kind: str = UNKNOWN  # secrets, sca, iac, sast, quality, multi or unknown
    rule_class: str = ""
    is_linter: bool = False

    @property
    def is_mixed(self) -> bool:
        """Whether only its rules tell what a run of it has checked."""
        return self.kind in ("multi", UNKNOWN)

    @property
    def check_types(self) -> frozenset[str]:
        """What a clean run proves, whatever its rules."""
        return frozenset(table("tools")["check_types"].get(self.kind, ()))

    @property
    def ignores_suppressions(self) -> bool:
        """Whether it wrote suppressions and baseline states on every result."""
        return self.key in table("tools")["ignores_suppressions"]


def tool_named(name: str) -> Tool:
    """Return the tool whose table entry is the longest beginning of `name`.

    A letter may not follow ("Inferno" is not Infer), edition and version may.
    """
    lowered = name.strip().lower()
    return next((tool for key, tool in _tools() if _begins_with(lowered, key)), Tool())


def _begins_with(name: str, key: str) -> bool:
    return name.startswith(key) and not name[len(key) : len(key) + 1].isalpha()


@cache
def _tools() -> list[tuple[str, Tool]]:
    kinds = inverted(table("tools")["kinds"])
    return [(key, _tool(key, kinds[key])) for key in sorted(kinds, key=len, reverse=True)]


def _tool(key: str, kind: str) -> Tool:
    classes = table("rule_classes")
    name = classes["same_as"].get(key, key)
    return Tool(
        key=key,
        kind=kind,
        rule_class=name if name in classes["classes"] else "",
        is_linter=key in table("tools")["linters"],
    )
