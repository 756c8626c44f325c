"""Is the process alive, and can it do its work?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    """Touches nothing: a database that is down is no reason to restart this process."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _not_ready("The database does not answer.")
    if missing:
        return _not_ready(f"{len(missing)} migrations are not applied: run manage.py migrate.")
    return JsonResponse({"status": "ok"})


def _not_ready(reason: str) -> JsonResponse:
    response = JsonResponse({"status": "unavailable", "detail": reason}, status=503)
    response["Retry-After"] = "5"
    return response
