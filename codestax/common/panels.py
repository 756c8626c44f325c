"""Tables on a page of support staff: what several apps know of one thing, to read alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True)
class Panel:
    """A titled table; a cell is text or a Link. Without rows it says `empty`."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str
    note: str = ""
    more: Link | None = field(default=None)


def moment(value: datetime | None, otherwise: str = "never") -> str:
    """A moment in UTC to the minute, as logs and customers name it."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if value else otherwise


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
