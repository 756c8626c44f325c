"""Which scan an upload belongs to, and where that scan stands in its branch.

A scan's position is the nanosecond of its arrival. One whose commit is known to be older than that
of a scan already there is put right before that scan instead, so that a job which comes late never
makes an old commit the newest. Where no place is left there, the scans before are moved apart.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from codestax.common.errors import NotFoundError
from codestax.common.locking import locked_row
from scans.models import Repository, Scan

_NANOSECONDS = 1_000_000_000
# How far apart scans stand that time has not put apart: room for at least 30 more in between.
_ROOM = 1 << 30


@dataclass(frozen=True)
class CommitFacts:
    """What a pipeline says of a commit beside its reports. An empty commit is a scan of its own.

    `facts` are columns of Scan: quality_gate, pull_requests_merged, pull_requests_reviewed,
    lines_of_code, languages, nothing_to_check; only those that were sent.
    """

    branch: str
    commit: str = ""
    committed_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def lock(repository: Repository) -> None:
    """One change to a repository's history at a time; foreign keys to it may still be written."""
    if locked_row(Repository, id=repository.pk) is None:
        raise NotFoundError("Not found.")  # deleted while its report was read


def scan_of(repository: Repository, commit: CommitFacts, now: datetime) -> Scan:
    """Return the commit's scan, made where there is none. Needs the repository's lock."""
    branch = Scan.objects.filter(org=repository.org_id, repository=repository, branch=commit.branch)
    found: Scan | None = None
    if commit.commit:
        found = branch.filter(commit=commit.commit).first()
    if found is not None:
        found.repository = repository
        return found
    committed_at = commit.committed_at and min(commit.committed_at, now)
    scan: Scan = Scan.objects.create(
        org_id=repository.org_id,
        repository=repository,
        branch=commit.branch,
        commit=commit.commit,
        committed_at=committed_at,
        position=_position(branch, committed_at, now),
        created_at=now,
    )
    return scan


def learn(scan: Scan, commit: CommitFacts) -> bool:
    """Take over what was sent beside the reports; whether any of it is new."""
    new = {name: value for name, value in commit.facts.items() if getattr(scan, name) != value}
    for name, value in new.items():
        setattr(scan, name, value)
    return bool(new)


def _position(branch: QuerySet[Scan], committed_at: datetime | None, now: datetime) -> int:
    newer = branch.filter(committed_at__gt=committed_at) if committed_at else branch.none()
    following = newer.order_by("position").first()
    if following is None:
        newest = branch.order_by("-position").first()
        arrival = int(now.timestamp() * _NANOSECONDS)
        return arrival if newest is None else max(arrival, newest.position + _ROOM)
    return _place_before(following, branch.filter(position__lt=following.position))


def _place_before(following: Scan, earlier: QuerySet[Scan]) -> int:
    before = earlier.order_by("-position").first()
    if before is None:
        return following.position - _ROOM
    if following.position - before.position == 1:
        _move_apart(earlier, following.position)
        return following.position - _ROOM // 2
    return (before.position + following.position) // 2


def _move_apart(earlier: QuerySet[Scan], end: int) -> None:
    """Put scans at even distances before `end`, in their order.

    By way of negative ones, since no two may share a place even while the rows change one by one.
    """
    scans = list(earlier.order_by("-position").only("position"))
    earlier.update(position=-F("position"))
    for steps, scan in enumerate(scans, start=1):
        scan.position = end - steps * _ROOM
    Scan.objects.bulk_update(scans, ["position"], batch_size=1000)
