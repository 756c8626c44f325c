"""Django's migrate, on a database that is in use."""

import random
import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError

# A report that is stored holds its tables for seconds, a dump for minutes.
_MOST_ATTEMPTS = 60
_PAUSE_SECONDS = 2.0
_GAVE_WAY = {"55P03", "40P01"}  # lock not available, deadlock


class Command(migrate.Command):
    """A migration that gave way to running work has left nothing, or whole steps, and begins again.

    The backend's schema editor says how long one waits for a table (codestax.postgresql.base).
    """

    def handle(self, *args: Any, **options: Any) -> None:
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") not in _GAVE_WAY:
                    raise
                reason = str(error).strip().partition("\n")[0]
                self.stderr.write(f"Running work was in the way ({reason}); attempt {attempt}.")
                time.sleep(random.uniform(0.5, 1.5) * _PAUSE_SECONDS)  # noqa: S311 - no secret
            else:
                return
        raise CommandError(
            "Running work was in the way each time: end what holds a transaction open "
            "(SELECT * FROM pg_stat_activity ORDER BY xact_start) and migrate again."
        )
