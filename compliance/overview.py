"""Where all repositories of an organization stand: the same few queries for any number of them.

A scan's row version says whether its evidence is still the same, and the evidence until when its
score is. So evidence is read and evaluated only for scans that are new to this process or whose
score the time has changed; a page that is opened again reads and evaluates none.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum, auto
from functools import lru_cache
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from compliance.domain.policy import Policy
from compliance.domain.scoring import evaluate, trend_counts
from compliance.domain.standing import Standing, combined, standing_of
from compliance.domain.steadiness import ALWAYS, steady_until
from compliance.newest_scans import (
    NewestScans,
    RepositoryScans,
    ScanVersion,
    decode_scans,
    evidence_of,
    newest_scans,
)
from orgs.models import Organization
from scans.domain.evidence import Evidence

# Scores of a repository's newest scans: as many as a spark line can show.
SPARK_POINTS = 12
CHANGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class RepositoryOverview:
    """One repository: its standing now, and its newest scans' overall scores, oldest first.

    `before` is its standing CHANGE_DAYS ago, None for one that was not there yet.
    """

    repo_id: int
    name: str
    last_scan: datetime | None
    now: Standing
    before: Standing | None
    scores: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Overview:
    """All repositories by name, and what they come to together, under the policy in force.

    `before` is None where no repository was there at `compared_at`. As long as nothing changes it
    is the same object, so that what is made of it can be kept by it.
    """

    policy: Policy
    repositories: tuple[RepositoryOverview, ...]
    now: Standing
    before: Standing | None
    compared_at: datetime


# What a repository that was never scanned stands on.
_NO_SCAN = ScanVersion(0, "")
_EVER = datetime.min.replace(tzinfo=UTC)
_Value = TypeVar("_Value")


class _Use(Enum):
    """What is asked of a scan: its standing at one of two moments, or its own score then."""

    NOW = auto()
    BEFORE = auto()
    SCORE = auto()


class _Task(NamedTuple):
    """One thing to compute of a scan; of _NO_SCAN, that of a repository never scanned."""

    scan: ScanVersion
    use: _Use


class _Moments(NamedTuple):
    """The minute that a page speaks of, and the moment that it compares with."""

    minute: datetime
    compared_at: datetime

    def of(self, use: _Use) -> datetime:
        return self.compared_at if use is _Use.BEFORE else self.minute


class _Result(NamedTuple, Generic[_Value]):
    """What was computed, and for which moments it is the same."""

    value: _Value
    since: datetime
    until: datetime

    def holds_at(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


class _Kept:
    """Results of tasks under one policy, the longest unused dropped first; for all threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[_Task, _Result[Any]] = OrderedDict()
        self._lock = Lock()

    def known(self, tasks: Iterable[_Task], moments: _Moments) -> dict[_Task, _Result[Any]]:
        """Those of the tasks whose results hold."""
        with self._lock:
            found = {task: self._results[task] for task in tasks if task in self._results}
            for task in found:
                self._results.move_to_end(task)
        return {
            task: result for task, result in found.items() if result.holds_at(moments.of(task.use))
        }

    def keep(self, results: dict[_Task, _Result[Any]]) -> None:
        with self._lock:
            self._results.update(results)
            while len(self._results) > self._most:
                self._results.popitem(last=False)


@lru_cache(maxsize=8)
def _kept(policy: Policy) -> _Kept:
    return _Kept(5_000)  # of 2 kB each at most


def overview(organization: Organization, now: datetime) -> Overview:
    """Evaluate every repository's default branch at `now`, to the minute, and CHANGE_DAYS before.

    At most two queries: the versions of the policy and of the scans, and the evidence of those
    that this process has not seen. (And one more, once, for the policy's document.)
    """
    minute = to_the_minute(now)
    moments = _Moments(minute, _start_of_day(minute - timedelta(days=CHANGE_DAYS)))
    newest = newest_scans(organization, moments.compared_at, SPARK_POINTS)
    kept = _newest_overview(organization, newest.policy, newest.repositories, moments.compared_at)
    if not (kept.result and kept.result.holds_at(minute)):
        kept.result = _overview(organization, newest, moments)
    return kept.result.value


@dataclass(slots=True)
class _Newest:
    result: _Result[Overview] | None = None


@lru_cache(maxsize=16)
def _newest_overview(
    organization: Organization, policy: Policy, scans: str, compared_at: datetime
) -> _Newest:
    """The place of the overview that was last made of these values."""
    return _Newest()


def _overview(
    organization: Organization, newest: NewestScans, moments: _Moments
) -> _Result[Overview]:
    plans = [_Plan(scanned, moments) for scanned in decode_scans(newest.repositories)]
    tasks = [task for plan in plans for task in plan.tasks()]
    results = _results(organization, newest.policy, tasks, moments)
    repositories = tuple(plan.overview(results) for plan in plans)
    earlier = [one.before for one in repositories if one.before is not None]
    made = Overview(
        policy=newest.policy,
        repositories=repositories,
        now=combined(one.now for one in repositories),
        before=combined(earlier) if earlier else None,
        compared_at=moments.compared_at,
    )
    until = min((results[plan.now].until for plan in plans), default=ALWAYS)
    return _Result(made, moments.minute, until)


def to_the_minute(now: datetime) -> datetime:
    """A page says the minute that it speaks of, and what was computed for it is used again."""
    return now.replace(second=0, microsecond=0)


def _start_of_day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


class _Plan:
    """What one repository's scans ask for."""

    def __init__(self, scans: RepositoryScans, moments: _Moments) -> None:
        self._scans = scans
        newest = scans.newest
        self.now = _Task(newest[0] if newest else _NO_SCAN, _Use.NOW)
        self.before: _Task | None = None
        if scans.earlier or scans.created_at <= moments.compared_at:
            self.before = _Task(scans.earlier or _NO_SCAN, _Use.BEFORE)
        self.scores = [_Task(scan, _Use.SCORE) for scan in reversed(newest)]

    def tasks(self) -> list[_Task]:
        return [self.now, *([self.before] if self.before else []), *self.scores]

    def overview(self, results: dict[_Task, _Result[Any]]) -> RepositoryOverview:
        return RepositoryOverview(
            repo_id=self._scans.repo_id,
            name=self._scans.name,
            last_scan=self._scans.completed_at,
            now=results[self.now].value,
            before=results[self.before].value if self.before else None,
            scores=tuple(results[task].value for task in self.scores),
        )


def _results(
    organization: Organization, policy: Policy, tasks: list[_Task], moments: _Moments
) -> dict[_Task, _Result[Any]]:
    kept = _kept(policy)
    results = kept.known(tasks, moments)
    unknown = [task for task in tasks if task not in results]
    if unknown:
        scan_ids = {task.scan.scan_id for task in unknown} - {_NO_SCAN.scan_id}
        evidence = evidence_of(organization, scan_ids)
        computed = {
            task: _compute(task.use, policy, evidence.get(task.scan.scan_id), moments)
            for task in unknown
        }
        kept.keep(computed)
        results |= computed
    return results


def _compute(
    use: _Use, policy: Policy, evidence: Evidence | None, moments: _Moments
) -> _Result[Any]:
    if use is _Use.SCORE:
        score = trend_counts(evidence, policy).overall.score if evidence else 0
        return _Result(score, _EVER, ALWAYS)
    moment = moments.of(use)
    standing = standing_of(evaluate(evidence, policy, moment), is_scanned=evidence is not None)
    return _Result(standing, moment, steady_until(evidence, policy, moment))
