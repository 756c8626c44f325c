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

from django.db import connection

from compliance.domain.policy import Policy
from compliance.domain.scoring import evaluate, trend_counts
from compliance.domain.standing import Standing, combined, standing_of
from compliance.queries import current_policy, decode_evidence
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


# A row's version is the transaction that last wrote it and the place where that lies: of another
# version the evidence may be another.
# A scan of an earlier time is looked for by position, which the index is in the order of, and by
# completion, since a late upload for an old commit stands at an old position.
_SCANS = """
SELECT r.id, r.name, r.created_at, newest.completed_at, newest.ids, newest.versions,
    earlier.id, earlier.version
FROM scans_repository r
LEFT JOIN LATERAL (
    SELECT (array_agg(completed_at ORDER BY position DESC))[1] AS completed_at,
        array_agg(id ORDER BY position DESC) AS ids,
        array_agg(version ORDER BY position DESC) AS versions
    FROM (
        SELECT id, completed_at, position, xmin::text || ctid::text AS version FROM scans_scan
        WHERE org_id = r.org_id AND repository_id = r.id AND status = 'completed'
            AND branch = r.default_branch
        ORDER BY position DESC LIMIT %(points)s
    ) scan
) newest ON true
LEFT JOIN LATERAL (
    SELECT id, xmin::text || ctid::text AS version FROM scans_scan
    WHERE org_id = r.org_id AND repository_id = r.id AND status = 'completed'
        AND branch = r.default_branch
        AND position <= %(position)s AND completed_at <= %(moment)s
    ORDER BY position DESC LIMIT 1
) earlier ON true
WHERE r.org_id = %(org)s
ORDER BY r.name
"""
_EVIDENCE = "SELECT id, evidence FROM scans_scan WHERE org_id = %s AND id = ANY(%s)"


class _Task(NamedTuple):
    """One thing to compute of a scan: its standing at `moment`, or None: its own score then.

    Without a scan (id 0) it is the standing of a repository that was never scanned.
    """

    scan_id: int
    version: str
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

    At most three queries: the policy's version, the scans' versions, and the evidence of those
    that this process has not seen. (And one more, once, for the policy's document.)
    """
    policy = current_policy(organization)
    minute = to_the_minute(now)
    compared_at = _start_of_day(minute - timedelta(days=CHANGE_DAYS))
    return _overview(organization, policy, _rows(organization, compared_at), minute, compared_at)


@lru_cache(maxsize=16)
def _overview(
    organization: Organization,
    policy: Policy,
    rows: tuple[Any, ...],
    minute: datetime,
    compared_at: datetime,
) -> Overview:
    plans = [_Plan(row, minute, compared_at) for row in rows]
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


def _rows(organization: Organization, moment: datetime) -> tuple[Any, ...]:
    values: dict[str, Any] = {
        "org": organization.pk,
        "points": SPARK_POINTS,
        "moment": moment,
        "position": int(moment.timestamp()) * 1_000_000_000,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SCANS, values)
        return tuple((*row[:4], *map(_hashable, row[4:])) for row in cursor)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class _Plan:
    """What one repository's row asks for."""

    def __init__(self, row: Any, minute: datetime, compared_at: datetime) -> None:
        self.repo_id, self.name, created_at, self.last_scan = row[:4]
        scans = list(zip(row[4] or (), row[5] or (), strict=True))
        latest, earlier = (scans or [(0, "")])[0], (row[6] or 0, row[7] or "")
        self.now = _Task(*latest, minute)
        self.before: _Task | None = None
        if earlier[0] or created_at <= compared_at:
            self.before = _Task(*earlier, compared_at)
        self.scores = [_Task(*scan, None) for scan in reversed(scans)]

    def tasks(self) -> list[_Task]:
        return [self.now, *([self.before] if self.before else []), *self.scores]

    def overview(self, results: dict[_Task, Any]) -> RepositoryOverview:
        return RepositoryOverview(
            repo_id=self.repo_id,
            name=self.name,
            last_scan=self.last_scan,
            now=results[self.now],
            before=results[self.before] if self.before else None,
            scores=tuple(results[task] for task in self.scores),
        )


def _results(organization: Organization, policy: Policy, tasks: list[_Task]) -> dict[_Task, Any]:
    kept = _kept(policy)
    results = kept.known(tasks)
    unknown = [task for task in tasks if task not in results]
    if unknown:
        evidence = _evidence(organization, {task.scan_id for task in unknown if task.scan_id})
        computed = {task: _compute(task, policy, evidence.get(task.scan_id)) for task in unknown}
        kept.keep(computed)
        results |= computed
    return results


def _evidence(organization: Organization, scan_ids: set[int]) -> dict[int, Evidence | None]:
    if not scan_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, [organization.pk, list(scan_ids)])
        return {scan_id: document and decode_evidence(document) for scan_id, document in cursor}


def _compute(task: _Task, policy: Policy, evidence: Evidence | None) -> Standing | int:
    if task.moment is None:
        return trend_counts(evidence, policy).overall.score if evidence else 0
    assessment = evaluate(evidence, policy, task.moment)
    return standing_of(assessment, is_scanned=evidence is not None)
