"""The table of repositories: sorted, filtered and cut into pages by what stands in the query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from compliance.pages.glance import Glance, RepositoryRow
from compliance.pages.numbers import page_number
from compliance.pages.words import POSTURE_KINDS

PAGE_SIZE = 100
# What repository_table reads of a query.
QUERY = ("q", "posture", "sort", "page")
_DEFAULT_SORT = "score"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts by it; `sorted_as` is aria-sort's value, None where it does not sort."""

    label: str
    url: str
    sorted_as: str | None
    is_numeric: bool


@dataclass(frozen=True, slots=True)
class RepositoryTable:
    """One page of the rows that are left; `found` counts them all.

    `is_whole` where the rows are all that there are.
    """

    columns: list[Column]
    rows: Sequence[RepositoryRow]
    found: int
    is_whole: bool
    search: str
    posture: str
    postures: tuple[str, ...]
    sort: str
    previous_url: str | None
    next_url: str | None


def repository_table(glance: Glance, query: Mapping[str, str]) -> RepositoryTable:
    """Read QUERY, where `sort` has a - for descending; what is unknown is ignored.

    Sorted by score, lowest first, where nothing else is asked for.
    """
    sorts = _sorts(glance)
    state = _State.read(query, sorts)
    rows = [row for row in glance.rows if state.keeps(row)]
    rows.sort(key=sorts[state.key].value, reverse=state.is_descending)
    start = (state.page - 1) * PAGE_SIZE
    return RepositoryTable(
        columns=[state.column(key, sort) for key, sort in sorts.items()],
        rows=rows[start : start + PAGE_SIZE],
        found=len(rows),
        is_whole=len(glance.rows) == len(rows) <= PAGE_SIZE,
        search=state.search,
        posture=state.posture,
        postures=tuple(POSTURE_KINDS),
        sort=state.sort,
        previous_url=state.url(page=state.page - 1) if state.page > 1 else None,
        next_url=state.url(page=state.page + 1) if len(rows) > start + PAGE_SIZE else None,
    )


@dataclass(frozen=True, slots=True)
class _Sort:
    label: str
    value: Callable[[RepositoryRow], Any]
    is_numeric: bool = True


def _sorts(glance: Glance) -> dict[str, _Sort]:
    """What can be sorted by, in the order of the columns."""
    frameworks = {
        # With a dot, which no key of a custom framework can hold: one may be called "score".
        f"framework.{key}": _Sort(card.name, _framework_score(position))
        for position, (key, card) in enumerate(
            zip(glance.framework_keys, glance.frameworks, strict=True)
        )
    }
    return {
        "name": _Sort("Repository", lambda row: row.name.casefold(), is_numeric=False),
        "score": _Sort("Score and trend", lambda row: row.score, is_numeric=False),
        **frameworks,
        "findings": _Sort("Open findings", lambda row: row.open_findings),
        "scanned": _Sort("Last scan", lambda row: row.last_scan or _NEVER, is_numeric=False),
    }


def _framework_score(position: int) -> Callable[[RepositoryRow], int]:
    return lambda row: row.framework_scores[position]


@dataclass(frozen=True, slots=True)
class _State:
    """What the query asks for, with defaults for what it leaves out or gets wrong."""

    search: str
    posture: str
    sort: str
    page: int

    @classmethod
    def read(cls, query: Mapping[str, str], sorts: Mapping[str, _Sort]) -> "_State":
        posture, sort = query.get("posture", ""), query.get("sort", "")
        return cls(
            search=query.get("q", "").strip(),
            posture=posture if posture in POSTURE_KINDS else "",
            sort=sort if sort.removeprefix("-") in sorts else _DEFAULT_SORT,
            page=page_number(query.get("page", "")),
        )

    @property
    def key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    def keeps(self, row: RepositoryRow) -> bool:
        is_named = self.search.casefold() in row.name.casefold()
        return is_named and (not self.posture or row.posture == self.posture)

    def column(self, key: str, sort: _Sort) -> Column:
        is_current = key == self.key
        other_way = f"-{key}" if is_current and not self.is_descending else key
        direction = "descending" if self.is_descending else "ascending"
        return Column(
            label=sort.label,
            url=self.url(sort=other_way, page=1),
            sorted_as=direction if is_current else None,
            is_numeric=sort.is_numeric,
        )

    def url(self, **changes: Any) -> str:
        asked = {"q": self.search, "posture": self.posture, "sort": self.sort, "page": self.page}
        left_out = {"q": "", "posture": "", "sort": _DEFAULT_SORT, "page": 1}
        kept = {name: value for name, value in (asked | changes).items() if value != left_out[name]}
        return f"?{urlencode(kept)}#repositories"
