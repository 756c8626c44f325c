"""`serve` and `database`, as processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import codestax.settings

ROOT = Path(codestax.settings.__file__).parents[1]

pytestmark = pytest.mark.slow


def manage(var, *arguments, **options):
    env = {"PATH": os.environ["PATH"], "CODESTAX_VAR": str(var), "WEB_WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, text=True, **options
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def live(port, seconds=30):
    """The answer of the live probe, once there is one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/live") as answer:
                return json.load(answer)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_the_server_answers_and_ends_when_it_is_told_to(tmp_path):
    port = free_port()
    server = manage(tmp_path / "var", "serve", "--port", str(port), stderr=subprocess.DEVNULL)

    answer = live(port)
    server.send_signal(signal.SIGTERM)

    assert answer == {"status": "ok"}
    assert server.wait(timeout=30) == 0
    assert not (tmp_path / "var" / "postgres" / "data" / "postmaster.pid").exists()


def test_the_embedded_database_tells_its_url_and_is_stopped_by_hand(tmp_path):
    url = manage(tmp_path / "var", "database", "url", stdout=subprocess.PIPE)
    stop = manage(tmp_path / "var", "database", "stop")

    assert url.communicate(timeout=60)[0].startswith("postgresql://codestax@/codestax?host=")
    assert stop.wait(timeout=60) == 0


def test_a_command_on_an_empty_database_says_what_to_do_first(tmp_path):
    arguments = ("bootstrap_org", "--name", "Acme", "--plan", "team", "--email", "o@acme.example")

    done = manage(tmp_path / "var", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, complaint = done.communicate(timeout=60)

    assert (done.returncode, printed) == (1, "")
    assert complaint.splitlines()[-1].endswith("run manage.py migrate first.")
