"""The organization at a glance, as its page shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.urls import reverse

from compliance.domain.policy import available_frameworks, enabled_frameworks, is_plan_locked
from compliance.domain.standing import Standing, Totals
from compliance.domain.summary import AREA_LABELS, MAX_RISK_AREAS
from compliance.overview import Overview, RepositoryOverview
from compliance.pages.words import (
    POSTURE_KINDS,
    change_in_words,
    counts_in_words,
    points_lost,
    unmet_in_words,
)

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """A score with what is behind it; `change` is None where there was nothing to compare with."""

    name: str
    totals: Totals
    counts: dict[str, int]
    words: str
    change: str | None

    @classmethod
    def of(cls, name: str, now: Totals, before: Totals) -> "ScoreCard":
        counts = now.kinds()
        change = change_in_words(now.score, before.score if before.total else None)
        return cls(name, now, counts, counts_in_words(counts), change)


@dataclass(frozen=True, slots=True)
class LockedFramework:
    name: str
    plan: str  # that it needs


@dataclass(frozen=True, slots=True)
class Place:
    """A repository where points are lost."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Cost:
    """A check type that costs points; `places` are the repositories that it costs most in."""

    area: str
    points: str
    words: str
    places: list[Place]
    more_places: int


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """A line of the table; `framework_scores` in the order of the page's frameworks."""

    repo_id: int
    name: str
    url: str
    score: int
    posture: str
    kind: str
    framework_scores: tuple[int, ...]
    open_findings: int
    last_scan: datetime | None
    scores: tuple[int, ...]
    is_scanned: bool


@dataclass(frozen=True, eq=False)
class Glance:
    """As long as nothing changes it is the same object, as the Overview is."""

    overall: ScoreCard
    posture: str
    posture_kind: str
    open_findings: int
    repository_count: int
    unscanned_count: int
    framework_keys: list[str]
    frameworks: list[ScoreCard]
    locked: list[LockedFramework]
    costs: list[Cost]
    rows: list[RepositoryRow]
    compared_at: datetime
    is_scanned: bool


@lru_cache(maxsize=16)
def glance(overview: Overview) -> Glance:
    """Return what the page says of all repositories; rows by name."""
    enabled = enabled_frameworks(overview.policy)
    keys = [framework.key for framework in enabled]
    now, before = overview.now, overview.before or Standing()
    return Glance(
        overall=ScoreCard.of("All controls", now.overall, before.overall),
        posture=now.posture,
        posture_kind=POSTURE_KINDS[now.posture],
        open_findings=now.open_findings,
        repository_count=len(overview.repositories),
        unscanned_count=sum(not one.now.is_scanned for one in overview.repositories),
        framework_keys=keys,
        frameworks=[_card(framework.key, framework.name, now, before) for framework in enabled],
        locked=_locked(overview),
        costs=_costs(overview),
        rows=[_row(one, keys) for one in overview.repositories],
        compared_at=overview.compared_at,
        is_scanned=now.is_scanned,
    )


def _card(key: str, name: str, now: Standing, before: Standing) -> ScoreCard:
    return ScoreCard.of(
        name, now.frameworks.get(key, Totals()), before.frameworks.get(key, Totals())
    )


def _locked(overview: Overview) -> list[LockedFramework]:
    return [
        LockedFramework(framework.name, str(framework.requires_plan).capitalize())
        for framework in available_frameworks(overview.policy)
        if is_plan_locked(framework, overview.policy.plan)
    ]


def _costs(overview: Overview) -> list[Cost]:
    losing = [
        (check_type, totals)
        for check_type, totals in overview.now.check_types.items()
        if totals.lost
    ]
    losing.sort(key=lambda entry: (-entry[1].lost, AREA_LABELS[entry[0]]))
    return [_cost(check_type, totals, overview) for check_type, totals in losing[:MAX_RISK_AREAS]]


def _cost(check_type: str, totals: Totals, overview: Overview) -> Cost:
    losing = _losing(check_type, overview.repositories)
    return Cost(
        area=AREA_LABELS[check_type],
        points=points_lost(totals.lost, overview.now.overall.total),
        words=unmet_in_words(totals),
        places=[
            Place(one.name, f"{_url(one)}?check_type={check_type}#controls")
            for one in losing[:_MOST_NAMED]
        ],
        more_places=max(0, len(losing) - _MOST_NAMED),
    )


def _losing(
    check_type: str, repositories: Iterable[RepositoryOverview]
) -> list[RepositoryOverview]:
    """The repositories that lose credit by it, most first."""
    losing = [one for one in repositories if one.now.check_types[check_type].lost]
    return sorted(losing, key=lambda one: -one.now.check_types[check_type].lost)


def _row(one: RepositoryOverview, keys: Sequence[str]) -> RepositoryRow:
    return RepositoryRow(
        repo_id=one.repo_id,
        name=one.name,
        url=_url(one),
        score=one.now.overall.score,
        posture=one.now.posture,
        kind=POSTURE_KINDS[one.now.posture],
        framework_scores=tuple(one.now.frameworks[key].score for key in keys),
        open_findings=one.now.open_findings,
        last_scan=one.last_scan,
        scores=one.scores,
        is_scanned=one.now.is_scanned,
    )


def _url(one: RepositoryOverview) -> str:
    return reverse("dashboard-repo", kwargs={"repo_id": one.repo_id})
