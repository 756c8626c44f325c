"""A preview as its table shows it: every number is ready to print."""

from dataclasses import dataclass

from compliance.domain.standing import Totals
from compliance.pages.words import change_in_words, counts_in_words
from compliance.previews import Preview, RepositoryPreview, ScoreChange

_NOT_COUNTED = "off"


@dataclass(frozen=True, slots=True)
class Cell:
    """A score before and after; `change` is None where one of them does not count.

    `kind` is the look of the change: pass, fail or optional. `words` say what is behind it.
    """

    before: str
    after: str
    change: str | None
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    is_scanned: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class PreviewTable:
    """`headings` of the columns of cells; `total` is the line of all repositories together."""

    headings: list[str]
    rows: list[Row]
    total: Row
    summary: str


def preview_table(preview: Preview) -> PreviewTable:
    return PreviewTable(
        headings=["All controls", *(name for _, name in preview.frameworks)],
        rows=[_row(one) for one in preview.repositories],
        total=Row("All repositories", True, _cells(preview.overall, preview.totals)),
        summary=_summary(preview),
    )


def _row(one: RepositoryPreview) -> Row:
    return Row(one.name, one.is_scanned, _cells(one.overall, one.frameworks))


def _cells(overall: ScoreChange, frameworks: tuple[ScoreChange, ...]) -> list[Cell]:
    return [_cell(change) for change in (overall, *frameworks)]


def _cell(change: ScoreChange) -> Cell:
    before, after = change.before, change.after
    text, kind = None, "optional"
    if before is not None and after is not None:
        text = change_in_words(after.score, before.score)
        kind = _kind(after.score - before.score)
    return Cell(_score(before), _score(after), text, kind, _words(after))


def _kind(difference: int) -> str:
    if not difference:
        return "optional"
    return "pass" if difference > 0 else "fail"


def _score(totals: Totals | None) -> str:
    return _NOT_COUNTED if totals is None else str(totals.score)


def _words(totals: Totals | None) -> str:
    return "Does not count." if totals is None else f"{counts_in_words(totals.kinds())}."


def _summary(preview: Preview) -> str:
    if not preview.repositories:
        return "There is no repository yet, so no score changes."
    if not preview.frameworks:
        return "No score changes."
    different = sum(_differs(one.overall) for one in preview.repositories)
    count = len(preview.repositories)
    return f"The overall score changes for {different} of {count} repositories."


def _differs(change: ScoreChange) -> bool:
    return _score(change.before) != _score(change.after)
