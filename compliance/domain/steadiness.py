"""For how long the numbers of an assessment stay as they are.

Three things in them depend on the time: carried reports, gates and reviews expire, and a scan that
grows old loses credit in a hundred steps. (Its texts tell ages, and change with every minute.)
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from compliance.domain.conditions import ScanAge
from compliance.domain.policy import Policy
from compliance.domain.scorecard import scorecard
from scans.domain.evidence import Evidence

ALWAYS = datetime.max.replace(tzinfo=UTC)


def steady_until(evidence: Evidence | None, policy: Policy, now: datetime) -> datetime:
    """Return a moment before which, from `now` on, no credit, count or state changes.

    It is never later than the first change. It may be earlier by up to a second, and so be `now` or
    a moment before: then nothing is promised.
    """
    if evidence is None:
        return ALWAYS
    expiries = [one for one in _expiries(evidence) if one > now]
    return min([*expiries, *_ages(evidence, policy, now)], default=ALWAYS)


def _expiries(evidence: Evidence) -> Iterator[datetime]:
    for one in (*evidence.reports, evidence.quality_gate, evidence.reviews):
        if one is not None and one.expires_at is not None:
            yield one.expires_at


def _ages(evidence: Evidence, policy: Policy, now: datetime) -> Iterator[datetime]:
    """The next step of each control that looks at the age of the newest success."""
    success = evidence.last_success_at
    if success is None:
        return
    age = timedelta(seconds=(now - success) // timedelta(seconds=1))
    for condition in {measure.condition for measure in scorecard(policy).measured.measures}:
        if isinstance(condition, ScanAge):
            limit = timedelta(days=condition.target)
            if age <= limit:
                yield success + limit
            elif age < 2 * limit:
                step = limit / 100
                yield success + step * -(-age // step)
