"""The clocks of this host and of the database, which leases and tokens are read from."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from codestax.doctor.problem import Problem

AREA = "clock"
_MOST = timedelta(seconds=5)


def problems() -> Iterator[Problem]:
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    after = timezone.now()
    apart = max(before - there, there - after)
    if apart > _MOST:
        yield Problem(
            AREA,
            f"The clocks of this host and of the database are {apart.total_seconds():.0f} seconds "
            "apart.",
            "Let both follow the same time servers (chrony, systemd-timesyncd).",
        )
