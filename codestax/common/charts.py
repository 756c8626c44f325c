"""The geometry of the dashboard's charts: values in, numbers of an SVG's user units out.

Every plot is WIDTH by HEIGHT units and is stretched by the page; y grows downwards, so a score of
100 lies at 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 1000, 100
# Where more points lie side by side, dots would hide the line.
_MOST_DOTS = 40


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: its kind, how many it stands for, and where it lies."""

    kind: str
    count: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Point:
    """A score from 0 to 100 at a moment."""

    at: datetime
    score: int


@dataclass(frozen=True, slots=True)
class Line:
    """SVG path data: the line through all points, and a dot on each of them, or ""."""

    path: str
    dots: str


def segments(counts: Mapping[str, int]) -> list[Segment]:
    """Divide WIDTH in the proportion of the counts; what counts 0 has no segment."""
    total, before, parts = sum(counts.values()), 0, []
    for kind, count in counts.items():
        start, end = (WIDTH * edge // total if total else 0 for edge in (before, before + count))
        before += count
        if count:
            parts.append(Segment(kind, count, start, end - start))
    return parts


def share(percent: int) -> int:
    """Return the width of a meter that is filled to `percent`."""
    return WIDTH * max(0, min(100, percent)) // 100


def spark_line(scores: Sequence[int]) -> Line:
    """Draw scores at equal distances; a single one is a dot in the middle."""
    if len(scores) == 1:
        return _line([(WIDTH // 2, HEIGHT - scores[0])])
    steps = max(1, len(scores) - 1)
    drawn = _line([(WIDTH * step // steps, HEIGHT - score) for step, score in enumerate(scores)])
    return Line(drawn.path, "")


def trend_line(points: Sequence[Point], start: datetime, end: datetime) -> Line:
    """Draw points, oldest first, on the time from `start` to `end`."""
    return _line([(place(point.at, start, end), HEIGHT - point.score) for point in points])


def place(moment: datetime, start: datetime, end: datetime) -> int:
    """Return the x of a moment; one outside of the time drawn lies on its edge."""
    span = (end - start) or timedelta(seconds=1)
    return max(0, min(WIDTH, round(WIDTH * ((moment - start) / span))))


def _line(places: Sequence[tuple[int, int]]) -> Line:
    path = " ".join(f"{'L' if index else 'M'}{x} {y}" for index, (x, y) in enumerate(places))
    dots = " ".join(f"M{x} {y}h0" for x, y in places) if len(places) <= _MOST_DOTS else ""
    return Line(path, dots)
