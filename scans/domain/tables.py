"""The bundled tables that normalise what scanners write; read once, never changed."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

_DIRECTORY = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """Return the bundled file `data/<name>.json`."""
    content = (_DIRECTORY / f"{name}.json").read_bytes()
    loaded: dict[str, Any] = msgspec.json.decode(content)
    return loaded


@cache
def pattern(expression: str) -> re.Pattern[str]:
    """Return a compiled expression of a table."""
    return re.compile(expression)


def inverted(groups: dict[str, list[Any]]) -> dict[Any, str]:
    """Turn {group: members} into {member: group}."""
    return {member: group for group, members in groups.items() for member in members}
