"""Is the process alive, and can it do its work?"""

from typing import Any

from django.db import DatabaseError, DataError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from codestax.common.tenancy import across_organizations
from codestax.postgresql.privileges import lack
from scans.models import Upload

_MIGRATE = "Make the roles as README says and run manage.py migrate with DATABASE_OWNER_URL."


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Touches nothing: a database that is down is no reason to restart this process."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    reason = hindrance()
    if reason:
        return _not_ready(reason)
    return JsonResponse({"status": "ok", "queue": _queue()})


def hindrance() -> str:
    """What keeps this process from its work, in one sentence; "" where nothing does."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        lacking = "" if missing else _lack()
    except (ProgrammingError, DataError) as error:  # of roles and grants; no query of ours is wrong
        return f"The database refuses its account: {_first_line(error)}. {_MIGRATE}"
    except DatabaseError:
        return "The database does not answer."
    if missing:
        return f"{len(missing)} migrations are not applied: run manage.py migrate."
    return lacking


def _lack() -> str:
    with connection.cursor() as cursor:
        return lack(cursor)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _queue() -> dict[str, Any]:
    """How many uploads wait for a worker, and for how long the oldest one has.

    Where no worker runs a web process can do its work all the same, so this is to watch and is no
    reason to take it out of service.
    """
    with across_organizations():
        unfinished = Upload.objects.unfinished()
        found = unfinished.aggregate(waiting=Count("pk"), oldest=Min("received_at"))
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return {"waiting": found["waiting"], "oldest_seconds": max(0, int(age))}


def _not_ready(reason: str) -> JsonResponse:
    response = JsonResponse({"status": "unavailable", "detail": reason}, status=503)
    response["Retry-After"] = "5"
    return response
