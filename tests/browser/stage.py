"""The demo, served by the product's own server on a database made for it, as a browser's stage."""

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.server import Accounts, running_server
from tests.faults.product import create_database, drop_database
from tests.tables import migrated

ROOT = Path(__file__).parents[2]
GUARDED = {"email": "ciso@globex.example", "password": "two steps and no further"}
FRAMEWORK = {
    "key": "internal_sec",
    "name": "Internal Security Policy",
    "description": "What the security team asks of every service, beside the standards.",
    "controls": [
        {
            "id": "ISP-1",
            "name": "No credentials in code",
            "category": "Credentials",
            "description": "All credentials live in the secret manager.",
            "check_type": "secrets",
            "pass_condition": "no_high_secrets",
        },
        {
            "id": "ISP-2",
            "name": "Code is assessed every week",
            "category": "Monitoring",
            "check_type": "scan_recency",
            "pass_condition": "scanned_within_7_days",
        },
        {
            "id": "ISP-3",
            "name": "Infrastructure code is free of known flaws",
            "category": "Infrastructure",
            "check_type": "iac_issues",
        },
    ],
}


@dataclass(frozen=True)
class Stage:
    """A server with the demo's organization, and what a page's address or reader needs of it.

    `places` are parts of addresses. `sessions` are those of an `owner` and a `viewer` of the demo's
    organization; of a `newcomer`, whose organization has nothing; of an `outsider`, who has no
    organization; of the support `staff`;
    and of a `beginner` and of somebody `guarded`, before and with two-step sign-in, which have the
    password of GUARDED. A `guardian` is an owner of their organization, with two-step sign-in.
    """

    url: str
    email: str
    password: str
    places: dict[str, Any]
    cookie: str
    sessions: dict[str, str]

    def enter(self, context, who):
        """Let the browser's context be signed in; a stranger is not."""
        if who in self.sessions:
            cookie = {"name": self.cookie, "value": self.sessions[who], "url": self.url}
            context.add_cookies([cookie])

    def send(self, method, path, body, **headers):
        """Change something as an integration would: the audit log then tells of it."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/api/{path}",
            method=method,
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": "grc-sync/2.4 (nightly)",
                **headers,
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def served_demo(directory):
    """The stage, with secrets and credentials of its own in `directory`."""
    server = Accounts.found(Path(os.environ.get("CODESTAX_VAR", "var")).resolve())
    name = f"codestax_stage_{os.getpid()}"
    accounts = create_database(server, name, template=migrated(server))
    environment = accounts.environment | {
        "CODESTAX_VAR": str(directory),
        "DJANGO_SETTINGS_MODULE": "codestax.settings",
        # A code may meet the next step of 30 seconds while it is typed in.
        "TOTP_TOLERANCE_STEPS": "1",
    }
    try:
        known = _fill(environment)
        with running_server(
            **environment, SERVE_WORKER="false", WEB_WORKERS="1", WEB_THREADS="4"
        ) as running:
            stage = Stage(url=f"http://127.0.0.1:{running.port}", **known)
            _dress(stage)
            yield stage
    finally:
        drop_database(server, name)


def _fill(environment) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-B", "-m", "tests.browser.stage_data"],
        cwd=ROOT,
        env=os.environ | environment | {"DATABASE_ACCOUNT": "owner"},
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)


def _dress(stage):
    """What an organization has after some weeks of use, beside its scans."""
    owner = {"email": stage.email, "password": stage.password}
    signed_in = {"Authorization": f"Bearer {stage.send('POST', 'auth/token', owner)['access']}"}
    for method, path, body in (
        ("POST", "compliance/custom-frameworks", FRAMEWORK),
        ("PUT", "compliance/frameworks/soc2/controls", {"disabled": ["CC6.7", "CC7.2"]}),
        ("PUT", "compliance/frameworks/soc2/controls", {"disabled": ["CC6.7"]}),
        ("POST", "members", {"email": "grace.hopper@acme.example", "role": "admin"}),
        ("POST", "members", {"email": "release@acme.example", "role": "member"}),
        ("POST", "keys", {"name": "checkout pipeline", "role": "member"}),
        ("POST", "keys", {"name": "GRC sync", "role": "admin"}),
    ):
        stage.send(method, path, body, **signed_in)
