"""The product as it runs: a web server and a worker, processes on a database of their own.

A fault hits one of them; what the product holds afterwards is read from its tables.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.server import free_port
from tests.faults.repository import Repository
from tests.faults.waiting import SECONDS, until

ROOT = Path(__file__).parents[2]
MANAGE = (sys.executable, "-B", "manage.py")
ASYNC = {"Prefer": "respond-async"}
# A former release knows no other keys.
KEYS = {"KEY_ENVIRONMENT": "live"}


def create_database(accounts, name, *, template="template1"):
    """A new database beside that of `accounts`; returns the accounts of it."""
    with psycopg.connect(accounts.owner, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return accounts.beside(name)


def drop_database(accounts, name):
    with psycopg.connect(accounts.owner, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def bootstrap(accounts):
    """Make an organization; returns its API key."""
    told = ("bootstrap_org", "--name", "Acme", "--email", "o@acme.example", "--json")
    done = subprocess.run(
        [*MANAGE, *told],
        cwd=ROOT,
        env=os.environ | accounts.environment | KEYS,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)["api_key"]


def children_of(pid):
    """Of all its threads: a process is the child of the one that started it."""
    try:
        listed = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except FileNotFoundError:
        return []
    return [int(child) for children in listed for child in children.split()]


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return "Z (zombie)" not in status


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Product:
    """Its processes serve as the app; the tests look into its tables as their owner."""

    root = ROOT  # where its code lies

    def __init__(self, accounts, key, directory, **environment):
        self.accounts = accounts
        self.key = key
        self.log = directory / "log.txt"
        self.fail_point = directory / "fail_point"
        self.port = free_port()
        self.environment = (
            os.environ
            | accounts.environment
            | KEYS
            | {
                "FAIL_POINT_FILE": str(self.fail_point),
                "SERVE_WORKER": "false",
                "WEB_WORKERS": "1",
                "WEB_THREADS": "8",
                **environment,
            }
        )
        self.web = self.worker = None
        # Of each connection that broke since the web server began: when (Unix time) and how.
        self.broken = []

    def start_web(self):
        self.begin_web()
        until(self.is_live, 30)
        self.broken.clear()

    def begin_web(self):
        self.web = self._start("serve", "--port", str(self.port))

    def start_worker(self):
        self.worker = self._start("worker", "--verbosity", "0")

    def stop_worker(self):
        self.worker.terminate()
        self.worker.wait(timeout=40)

    def stop(self):
        for process in (self.web, self.worker):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (self.web, self.worker):
            if process is not None:
                process.wait(timeout=40)

    def _start(self, *arguments):
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*MANAGE, *arguments], cwd=self.root, env=self.environment, stdout=log, stderr=log
            )

    def manage(self, *arguments):
        """What a command of `manage.py` prints, run on the product's database as its owner."""
        done = subprocess.run(
            [*MANAGE, *arguments],
            cwd=self.root,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def is_live(self):
        answer = self.send("GET", "/healthz/live")
        return answer is not None and answer[0] == 200

    def is_ready(self):
        answer = self.send("GET", "/healthz/ready")
        return answer is not None and answer[0] == 200

    def fail_at(self, point, fault="kill"):
        self.fail_point.write_text(f"{point} {fault}\n")

    def has_failed(self):
        """Whether the fault that was wanted has happened; a kill takes its wish away."""
        return not self.fail_point.exists()

    def worker_children(self):
        return children_of(self.worker.pid)

    def kill_worker(self):
        """End the supervisor and its children as a power cut would."""
        children = self.worker_children()
        self.worker.kill()
        self.worker.wait()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    @contextmanager
    def in_background(self, call, *arguments):
        """Run the block beside `call`, and then let it go on from where it waits.

        Yields what gives its result.
        """
        with ThreadPoolExecutor(1) as thread:
            try:
                yield thread.submit(call, *arguments).result
            finally:
                self.fail_point.unlink(missing_ok=True)

    def send(self, method, path, body=None, **headers):
        """(status, document), or None where the connection broke."""
        answer = self.ask(method, path, body, **headers)
        return answer and (answer.status, json.loads(answer.body))

    def ask(self, method, path, body=None, **headers):
        """The answer with its headers, or None where the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        sent = {"X-API-Key": self.key, "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.broken.append((time.time(), method, path, repr(error)))
            return None
        finally:
            connection.close()

    def rows(self, statement, *values):
        with psycopg.connect(self.accounts.owner) as connection:
            return connection.execute(statement, values).fetchall()

    def run(self, statement):
        with psycopg.connect(self.accounts.owner) as connection:
            connection.execute(statement)

    def one(self, statement, *values):
        return self.rows(statement, *values)[0][0]

    def repository(self, name):
        _, document = self.send("POST", "/api/repos", json.dumps({"name": name}))
        return Repository(self, document["id"])
