"""What the log needs from time to time; the workers' upkeep calls for it."""

from datetime import datetime, timedelta

from django.conf import settings

from audit.models import AuditHead
from audit.services.checkpoints import make_checkpoints
from audit.services.retention import trim
from codestax.common.tenancy import across_organizations

CHECKPOINT_AGE = timedelta(hours=1)
_PAUSE = timedelta(minutes=5)
# When this process has looked last; the upkeep comes every few seconds.
_looked: list[datetime] = []


def look_after(now: datetime) -> None:
    """Sign what is new, once an hour for each organization, and drop what is too old."""
    if _looked and _looked[0] <= now < _looked[0] + _PAUSE:
        return
    _looked[:] = [now]
    with across_organizations():
        make_checkpoints(now=now, older_than=CHECKPOINT_AGE)
        if settings.AUDIT_RETENTION_DAYS:
            for org in list(AuditHead.objects.values_list("org", flat=True)):
                trim(org=org, days=settings.AUDIT_RETENTION_DAYS, now=now)
