"""Where all repositories of an organization stand: the same few queries for any number of them.

A scan's row version says whether what was computed of it before still holds, so evidence is read
only for scans that are new to this process, and a page that is opened again reads none.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from compliance.domain.policy import Policy
from compliance.domain.scoring import evaluate, trend_counts
from compliance.domain.standing import Standing, combined, standing_of
from compliance.newest_scans import (
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

    `before` is None where no repository was there at `compared_at`. While nothing changes it is
    the same object for a minute, so that what is made of it can be kept by it.
    """

    policy: Policy
    repositories: tuple[RepositoryOverview, ...]
    now: Standing
    before: Standing | None
    compared_at: datetime


# What a repository that was never scanned stands on.
_NO_SCAN = ScanVersion(0, "")


class _Task(NamedTuple):
    """One thing to compute of a scan: its standing at `moment`, or None: its own score then.

    Of _NO_SCAN it is the standing of a repository that was never scanned.
    """

    scan: ScanVersion
    moment: datetime | None


class _Kept:
    """Results of tasks under one policy, the longest unused dropped first; for all threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[_Task, Any] = OrderedDict()
        self._lock = Lock()

    def known(self, tasks: Iterable[_Task]) -> dict[_Task, Any]:
        with self._lock:
            found = {task: self._results[task] for task in tasks if task in self._results}
            for task in found:
                self._results.move_to_end(task)
        return found

    def keep(self, results: dict[_Task, Any]) -> None:
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
    compared_at = _start_of_day(minute - timedelta(days=CHANGE_DAYS))
    newest = newest_scans(organization, compared_at, SPARK_POINTS)
    return _overview(organization, newest.policy, newest.repositories, minute, compared_at)


@lru_cache(maxsize=16)
def _overview(
    organization: Organization,
    policy: Policy,
    scans: str,
    minute: datetime,
    compared_at: datetime,
) -> Overview:
    plans = [_Plan(scanned, minute, compared_at) for scanned in decode_scans(scans)]
    results = _results(organization, policy, [task for plan in plans for task in plan.tasks()])
    repositories = tuple(plan.overview(results) for plan in plans)
    earlier = [one.before for one in repositories if one.before is not None]
    return Overview(
        policy=policy,
        repositories=repositories,
        now=combined(one.now for one in repositories),
        before=combined(earlier) if earlier else None,
        compared_at=compared_at,
    )


def to_the_minute(now: datetime) -> datetime:
    """A page says the minute that it speaks of, and what was computed for it is used again."""
    return now.replace(second=0, microsecond=0)


def _start_of_day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


class _Plan:
    """What one repository's scans ask for."""

    def __init__(self, scans: RepositoryScans, minute: datetime, compared_at: datetime) -> None:
        self._scans = scans
        newest = scans.newest
        latest = newest[0] if newest else _NO_SCAN
        self.now = _Task(latest, minute)
        self.before: _Task | None = None
        if scans.earlier or scans.created_at <= compared_at:
            self.before = _Task(scans.earlier or _NO_SCAN, compared_at)
        self.scores = [_Task(scan, None) for scan in reversed(newest)]

    def tasks(self) -> list[_Task]:
        return [self.now, *([self.before] if self.before else []), *self.scores]

    def overview(self, results: dict[_Task, Any]) -> RepositoryOverview:
        return RepositoryOverview(
            repo_id=self._scans.repo_id,
            name=self._scans.name,
            last_scan=self._scans.completed_at,
            now=results[self.now],
            before=results[self.before] if self.before else None,
            scores=tuple(results[task] for task in self.scores),
        )


def _results(organization: Organization, policy: Policy, tasks: list[_Task]) -> dict[_Task, Any]:
    kept = _kept(policy)
    results = kept.known(tasks)
    unknown = [task for task in tasks if task not in results]
    if unknown:
        scan_ids = {task.scan.scan_id for task in unknown} - {_NO_SCAN.scan_id}
        evidence = evidence_of(organization, scan_ids)
        computed = {
            task: _compute(task, policy, evidence.get(task.scan.scan_id)) for task in unknown
        }
        kept.keep(computed)
        results |= computed
    return results


def _compute(task: _Task, policy: Policy, evidence: Evidence | None) -> Standing | int:
    if task.moment is None:
        return trend_counts(evidence, policy).overall.score if evidence else 0
    assessment = evaluate(evidence, policy, task.moment)
    return standing_of(assessment, is_scanned=evidence is not None)
