"""The organization's page against a bare JSON view and a bare page, over one connection."""

import gzip
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import count

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from bench.data import line, new_organization, new_repository
from bench.limits import judged
from bench.reports import generated_report
from bench.server import Client, Reader
from compliance.services import set_enabled_frameworks
from orgs.models import User
from orgs.pages.sessions import SessionStore

REPOSITORIES, SCANS, RESULTS = 50, 12, 40
FRAMEWORKS = ["soc2", "iso27001", "owasp"]
ROUNDS, REQUESTS = 9, 60
MOST = 5
_PAGE = "/dashboard/compliance"


def measure(port: int) -> None:
    print(f"\nPages: {REPOSITORIES} repositories, {len(FRAMEWORKS)} frameworks, one worker\n")
    made, key = new_organization("Pages")
    set_enabled_frameworks(organization=made.organization, keys=FRAMEWORKS)
    client, reader = Client(port, key), Reader(port, _session(made.owner.user))
    bodies = [gzip.compress(generated_report(RESULTS + size)) for size in range(SCANS)]
    repositories = [new_repository(made.organization) for _ in range(REPOSITORIES)]
    for number, body in enumerate(bodies):
        for repository in repositories:
            client.upload(f"/api/repos/{repository.pk}/scans?commit=c{number}", body)
    _measure(client, reader)


def _measure(client: Client, reader: Reader) -> None:
    calls: list[Callable[[], bytes]] = [
        partial(client.get, "/bare"),
        partial(reader.get, "/bare-page"),
        partial(reader.get, _PAGE),
        _first_views(reader),
    ]
    rounds = [[_seconds(call) for call in calls] for _ in range(ROUNDS)]
    judged("organization's page / bare view", [page / bare for bare, _, page, _ in rounds], MOST)
    judged("organization's page / bare page", [page / blank for _, blank, page, _ in rounds], None)
    judged("  first in its minute / bare view", [first / bare for bare, *_, first in rounds], None)
    times = [1000 * statistics.median(column) for column in zip(*rounds, strict=True)]
    print(
        "    (bare view {:.2f} ms, bare page {:.2f} ms, organization {:.2f} ms, "
        "first in its minute {:.2f} ms)".format(*times)
    )
    line("size of the page, kB", len(reader.get(_PAGE)) / 1000)


def _first_views(reader: Reader) -> Callable[[], bytes]:
    """Views of the page that find nothing rendered, as the first of a minute does.

    A name of blanks alone filters nothing, and one of another length was never asked for.
    """
    lengths = count(1)
    return lambda: reader.get(f"{_PAGE}?q={'+' * next(lengths)}")


def _seconds(call: Callable[[], bytes]) -> float:
    """Seconds a call, in a burst after one that warms it up."""
    call()
    started = time.perf_counter()
    for _ in range(REQUESTS):
        call()
    return (time.perf_counter() - started) / REQUESTS


def _session(user: User) -> str:
    """Sign in as Django does, and return the cookie."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
