"""The headers that a browser is protected by, on every answer there is, errors included."""

import json
import subprocess
import sys

import pytest
from django.db import OperationalError
from django.test import Client

from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.attacks.addresses import NAMED, address
from tests.codestax.test_start import PRODUCTION, ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def missing(answer):
    """What an answer's headers lack of what every one has."""
    lacks = {name: answer.get(name) for name in WANTED if answer.get(name) != WANTED[name]}
    policy = set(answer.get("Content-Security-Policy", "").split("; "))
    return lacks | ({"Content-Security-Policy": policy} if policy != POLICY else {})


READERS = {
    "a member's browser": lambda world: world.browser(),
    "support staff's browser": lambda world: world.browser(world.staff),
    "a key": lambda world: world.by_key(),
    "nobody": lambda world: Client(),
}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_s26_every_route_answers_with_every_header(world, reader, method):
    client = reader(world)

    found = {
        route.name: missing(client.generic(method, address(route, world.ids)))
        for route in NAMED
        # Signing out and deleting would leave the crawl without its reader.
        if method == "GET" or route.is_api == (reader is READERS["a key"])
    }

    assert {name: lacks for name, lacks in found.items() if lacks} == {}


def signed_in_too_often(client, path):
    form = {"email": "ada@example.com", "password": "wrong"}
    for _ in range(MAX_FAILURES_PER_EMAIL):
        client.post(path, form)
    return client.post(path, form)


def away(*arguments, **options):
    raise OperationalError("gone")


def broken(*arguments, **options):
    raise ValueError("a fault of ours")


def failing(patch, error, path):
    """The page or the API while what they list cannot be listed."""

    def send(world, monkeypatch):
        client = world.by_key() if path.startswith("/api/") else world.browser()
        client.raise_request_exception = False
        monkeypatch.setattr(patch, error)
        return client.get(path)

    return send


ERRORS = {
    "400 of the API, not JSON": (
        400,
        lambda world, _: world.by_key().post("/api/repos", b"{", content_type="application/json"),
    ),
    "400 of the API, another host": (
        400,
        lambda world, _: world.by_key().get("/api/repos", headers={"Host": "evil.example"}),
    ),
    "400 of a page, another host": (
        400,
        lambda world, _: world.browser().get("/login", headers={"Host": "evil.example"}),
    ),
    "400 of a page, a bad filter": (
        400,
        lambda world, _: world.browser().get("/dashboard/audit-logs?from=x"),
    ),
    "401 of the API": (401, lambda world, _: world.browser().get("/api/repos")),
    "402 of the API": (
        402,
        lambda world, _: world.by_key().put(
            "/api/compliance/frameworks/enabled", {"keys": ["hipaa"]}, format="json"
        ),
    ),
    "403 of a page, a low role": (
        403,
        lambda world, _: world.browser(world.members["viewer"].user).get(
            "/dashboard/settings/keys"
        ),
    ),
    "403 of a page, another site's form": (
        403,
        lambda world, _: world.browser(enforce_csrf_checks=True).post("/logout"),
    ),
    "404 of the API": (404, lambda world, _: world.by_key().get("/api/nothing")),
    "404 of a page": (404, lambda world, _: world.browser().get("/nothing")),
    "404 of a static file": (404, lambda world, _: world.browser().get("/static/nothing.css")),
    "405 of the API": (405, lambda world, _: world.by_key().put("/api/repos")),
    "405 of a page": (405, lambda world, _: world.browser().get("/logout")),
    "413 of the API": (
        413,
        lambda world, _: world.by_key().post(
            "/api/repos", b" " * 5_000_001, content_type="application/json"
        ),
    ),
    "415 of the API": (
        415,
        lambda world, _: world.by_key().post("/api/repos", b"x", content_type="text/plain"),
    ),
    "429 of the API": (
        429,
        lambda world, _: signed_in_too_often(world.by_key(), "/api/auth/token"),
    ),
    "429 of a page": (429, lambda world, _: signed_in_too_often(world.browser(), "/login")),
    "500 of the API": (500, failing("scans.api.views.paged", broken, "/api/repos")),
    "500 of a page": (
        500,
        failing("orgs.pages.members.list_page", broken, "/dashboard/settings/members"),
    ),
    "503 of the API": (503, failing("scans.api.views.paged", away, "/api/repos")),
    "503 of a page": (
        503,
        failing("orgs.pages.members.list_page", away, "/dashboard/settings/members"),
    ),
    "a stylesheet": (200, lambda world, _: world.browser().get("/static/codestax/app.css")),
    "an icon": (200, lambda world, _: world.browser().get("/static/codestax/icon.svg")),
}


@pytest.mark.parametrize(("status", "send"), ERRORS.values(), ids=ERRORS)
def test_s26_an_error_has_every_header(world, monkeypatch, status, send):
    answer = send(world, monkeypatch)

    answer.getvalue()  # to its end, where a file is closed
    assert answer.status_code == status
    assert missing(answer) == {}


def test_s26_a_form_over_the_limit_has_every_header(world, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = world.browser().post("/dashboard/settings/members", {"email": "x" * 200})

    assert answer.status_code in (400, 413)
    assert missing(answer) == {}


@pytest.mark.parametrize(("path", "status"), [("/login", 301), ("/api/repos", 403)])
def test_s26_the_way_to_tls_has_every_header(client, settings, path, status):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get(path)

    assert answer.status_code == status
    assert missing(answer) == {}


def test_s26_no_directive_of_the_policy_is_unsafe(settings):
    sources = [
        source
        for sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values()
        for source in sources
    ]

    assert [source for source in sources if "unsafe" in source or "*" in source] == []


ASK_PRODUCTION = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"Host": "codestax.example"})
answers = [client.get(path, secure=True) for path in ("/api/repos", "/")]
print(json.dumps({
    "statuses": [answer.status_code for answer in answers],
    "hsts": sorted({answer.get("Strict-Transport-Security") for answer in answers}),
    "cookies": {
        kind: [getattr(settings, f"{kind}_COOKIE_{part}")
               for part in ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")]
        for kind in ("SESSION", "CSRF")
    },
}))
"""


def test_s26_production_insists_on_tls_and_keeps_cookies_to_its_host(tmp_path):
    done = subprocess.run(
        [sys.executable, "-B", "-c", ASK_PRODUCTION],
        cwd=ROOT,
        env=PRODUCTION
        | {"DJANGO_SETTINGS_MODULE": "codestax.settings", "CODESTAX_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == {
        "statuses": [401, 302],
        "hsts": ["max-age=31536000; includeSubDomains; preload"],
        "cookies": {
            "SESSION": ["__Host-session", True, True, "Lax", "/", None],
            "CSRF": ["__Host-csrf", True, True, "Lax", "/", None],
        },
    }
