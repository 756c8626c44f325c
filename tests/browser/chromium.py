"""The Chromium of the system, started for tests and screenshots; none is downloaded."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

MISSING = (
    "There is no Chromium: `apt-get install chromium`, or name one in the environment variable "
    "CHROMIUM."
)
# Nothing of its own may reach for the network, or stay on the machine.
_QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find():
    """The path of a Chromium, None where there is none."""
    named = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return named if named and Path(named).exists() else None


@contextmanager
def running(path):
    """A Chromium without its sandbox, which does not start for root; it sees our pages alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=_QUIET
        )
        yield browser
        browser.close()
