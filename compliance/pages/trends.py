"""A repository's scores over time: one chart for all controls and one for each framework."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from codestax.common.charts import Line, Point, place, trend_line
from compliance.domain.catalog import Framework
from compliance.domain.policy import Policy, enabled_frameworks
from compliance.domain.scoring import TrendCounts, trend_counts
from compliance.queries import PolicyChange, ScanEvidence, daily_scans, policy_changes
from orgs.models import Organization

WINDOWS = (30, 90, 365)
DEFAULT_WINDOW = 90

_PART_WORDS = {
    "catalog_version": "catalog of controls",
    "plan": "plan",
    "enabled": "enabled frameworks",
    "disabled": "controls marked Not Applicable",
    "custom": "custom frameworks",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a chart from which on other rules were in force."""

    x: int
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template draws; `words` is the description that is read out, `latest` a score."""

    name: str
    words: str
    latest: int
    line: Line
    marks: list[Mark]
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A line of the table behind the charts."""

    at: datetime
    commit: str
    score: int
    framework_scores: list[int]


@dataclass(frozen=True, slots=True)
class Trends:
    """`rows` newest first, scores in the order of `frameworks`; without a scan all are empty.

    `marks` are those to read in a list; a chart has all of its own.
    """

    days: int
    since: datetime
    until: datetime
    overall: Chart | None
    frameworks: list[Chart]
    rows: list[TrendRow]
    marks: list[Mark]


def trends(
    organization: Organization, repo_id: int, policy: Policy, now: datetime, days: int
) -> Trends:
    """Return the trend over the last `days` days, each scan as of itself, under `policy`."""
    since = now - timedelta(days=days)
    scans = daily_scans(organization, repo_id, since)
    drawn = _Drawing(since, now, policy_changes(organization, since))
    counts = [trend_counts(scan.evidence, policy) for scan in scans]
    enabled = enabled_frameworks(policy)
    return Trends(
        days=days,
        since=since,
        until=now,
        overall=drawn.overall(scans, counts) if scans else None,
        frameworks=[drawn.framework(one, scans, counts) for one in enabled] if scans else [],
        rows=[_row(scan, one) for scan, one in zip(scans, counts, strict=True)][::-1],
        marks=_told_once(drawn.marks),
    )


def _told_once(marks: list[Mark]) -> list[Mark]:
    """The first of each day that says the same: a day's work on the policy is one line."""
    first = {(mark.at.astimezone(UTC).date(), mark.words): mark for mark in reversed(marks)}
    return list(reversed(first.values()))


def _row(scan: ScanEvidence, counts: TrendCounts) -> TrendRow:
    scores = [one.score for one in counts.frameworks.values()]
    return TrendRow(scan.completed_at, scan.commit[:12], counts.overall.score, scores)


class _Drawing:
    """Charts of one span of time, with the same marks on each."""

    def __init__(self, since: datetime, until: datetime, changes: list[PolicyChange]) -> None:
        self.since, self.until = since, until
        self.marks = [
            Mark(
                x=place(change.changed_at, since, until),
                at=change.changed_at,
                words="Changed: " + ", ".join(_PART_WORDS[part] for part in change.parts),
            )
            for change in changes
        ]

    def overall(self, scans: list[ScanEvidence], counts: list[TrendCounts]) -> Chart:
        return self._chart("All controls", scans, [one.overall.score for one in counts])

    def framework(
        self, framework: Framework, scans: list[ScanEvidence], counts: list[TrendCounts]
    ) -> Chart:
        scores = [one.frameworks[framework.key].score for one in counts]
        return self._chart(framework.name, scans, scores, is_small=True)

    def _chart(
        self, name: str, scans: list[ScanEvidence], scores: list[int], *, is_small: bool = False
    ) -> Chart:
        points = [
            Point(scan.completed_at, score) for scan, score in zip(scans, scores, strict=True)
        ]
        line = trend_line(points, self.since, self.until)
        return Chart(name, _words(scores), scores[-1], line, self.marks, is_small)


def _words(scores: list[int]) -> str:
    if len(scores) == 1:
        return f"One scan, score {scores[0]}."
    return (
        f"{len(scores)} scans, from {scores[0]} to {scores[-1]}; "
        f"lowest {min(scores)}, highest {max(scores)}."
    )
