"""What the doctor's rooms find."""

from collections.abc import Collection
from dataclasses import dataclass

_MOST_NAMED = 5


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one sentence, and what to do about it.

    `remedy` is empty where the sentence says it already. Rows are named by their numbers: neither
    has a word that somebody stored.
    """

    area: str
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.area}: {self.sentence} {self.remedy}".rstrip()


def numbered(what: str, ids: Collection[int]) -> str:
    """`what` with the first of these numbers: "organizations 3, 5 and 9 (12 in all)"."""
    first = sorted(ids)[:_MOST_NAMED]
    *others, last = map(str, first)
    names = f"{', '.join(others)} and {last}" if others else last
    total = f" ({len(ids)} in all)" if len(ids) > len(first) else ""
    return f"{what}{'s' if len(ids) > 1 else ''} {names}{total}"
