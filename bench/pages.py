"""The organization's page against a bare JSON view and a bare page, over one connection."""

import gzip
import statistics
import time
from functools import partial

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
    calls = [partial(client.get, "/bare"), partial(reader.get, "/bare-page")]
    calls.append(partial(reader.get, _PAGE))
    rounds = [[_seconds(call) for call in calls] for _ in range(ROUNDS)]
    judged("organization's page / bare view", [page / bare for bare, _, page in rounds], MOST)
    judged("organization's page / bare page", [page / blank for _, blank, page in rounds], None)
    bare, blank, page = (1000 * statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"    (bare view {bare:.2f} ms, bare page {blank:.2f} ms, organization {page:.2f} ms)")
    line("size of the page, kB", len(reader.get(_PAGE)) / 1000)


def _seconds(call: partial[bytes]) -> float:
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
