"""The product's own server in a process of its own, and what it costs that process to answer."""

import http.client
import json
import os
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.server import free_port
from tests.faults.product import (
    KEYS,
    MANAGE,
    ROOT,
    bootstrap,
    children_of,
    create_database,
    drop_database,
)
from tests.scans.hostile import CLEAN
from tests.tables import migrated


class Served:
    """One worker that serves one organization with one repository."""

    def __init__(self, port, worker, key):
        self.port = port
        self.worker = worker
        self.key = key
        self.repository = None

    def send(self, body, headers=None, *, method="POST", path=None):
        """Return the status and the document of the answer; `body` may come in parts."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        sent = {"X-API-Key": self.key, "Content-Type": "application/json", **(headers or {})}
        path = path or f"/api/repos/{self.repository}/scans"
        try:
            # It may be answered before it was sent whole.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def measured(self, *arguments, **named):
        """The answer, its seconds, and by how many MB it takes the memory up.

        Of the worker and of the process that reads large reports for it.
        """
        before = {pid: _memory(pid, "VmRSS") for pid in self._processes()}
        for pid in before:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        started = time.perf_counter()
        answer = self.send(*arguments, **named)
        seconds = time.perf_counter() - started
        rises = [_memory(pid, "VmHWM") - before.get(pid, 0) for pid in self._processes()]
        return *answer, seconds, sum(rises)

    def _processes(self):
        return [self.worker, *children_of(self.worker)]


def _memory(pid, name):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


@contextmanager
def served(accounts):
    """Serve a new database beside the one of `accounts`."""
    name = f"codestax_served_{os.getpid()}"
    own = create_database(accounts, name, template=migrated(accounts))
    try:
        with _running(own, bootstrap(own)) as serving:
            yield serving
    finally:
        drop_database(accounts, name)


@contextmanager
def _running(accounts, key):
    environment = (
        os.environ
        | accounts.environment
        | KEYS
        | {
            "WEB_WORKERS": "1",
            "WEB_THREADS": "4",
            "WEB_SILENCE_SECONDS": "1",
        }
    )
    port = free_port()
    with subprocess.Popen(
        [*MANAGE, "serve", "--no-worker", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_for(port)
            (worker,) = children_of(server.pid)
            serving = Served(port, worker, key)
            _, repository = serving.send('{"name": "hostile"}', path="/api/repos")
            serving.repository = repository["id"]
            serving.send(CLEAN)
            yield serving
        finally:
            server.terminate()


def _wait_for(port):
    """Until a worker answers: the port is open before there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz/live")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("The server did not start.")
