"""The product's own server on a database made for the run, and one connection to it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from codestax import embedded


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Accounts:
    """A database's two URLs: its owner's, and that of web processes and workers."""

    owner: str
    app: str

    @classmethod
    def found(cls, var: Path) -> "Accounts":
        """Those of the environment, or of the embedded server below `var`."""
        named = os.environ.get("DATABASE_URL")
        if named:
            return cls(os.environ.get("DATABASE_OWNER_URL") or named, named)
        return cls.embedded(embedded.start(var / "postgres"))

    @classmethod
    def embedded(cls, owner: str) -> "Accounts":
        return cls(owner, embedded.as_app(owner))

    def beside(self, name: str) -> "Accounts":
        """Those of another database on the same server."""
        owner, app = (
            urlsplit(url)._replace(path=f"/{name}").geturl() for url in (self.owner, self.app)
        )
        return Accounts(owner, app)

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_OWNER_URL": self.owner, "DATABASE_URL": self.app}


@contextmanager
def database(accounts: Accounts, name: str) -> Iterator[Accounts]:
    """A new, empty database beside that of `accounts`; dropped at the end."""
    with psycopg.connect(accounts.owner, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield accounts.beside(name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Server:
    """A running server: its port and its first process."""

    port: int
    pid: int

    def peak_memory(self) -> float:
        """Return the most MB that one of its processes has held at a time (VmHWM)."""
        return max(_peak(pid) for pid in (self.pid, *_descendants(self.pid)))


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """`manage.py serve` with the settings of this process and these."""
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env=os.environ | settings, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=40)


def _descendants(pid: int) -> list[int]:
    """Of all threads: a process belongs to the one that started it."""
    lists = [
        path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}").glob("task/*/children")
    ]
    children = [int(child) for found in lists for child in found.split()]
    return children + [one for child in children for one in _descendants(child)]


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kilobytes,) = (row.split()[1] for row in status.splitlines() if row.startswith("VmHWM:"))
    return int(kilobytes) / 1000


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("The server did not start.")


class Client:
    """One kept-alive connection that sends an API key."""

    credential = "X-API-Key"

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self.key = key
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def get(self, path: str) -> bytes:
        try:
            return self._send("GET", path, None, {})
        except ConnectionError:  # idle for longer than the server keeps one, while others measured
            self.connection.close()
            return self._send("GET", path, None, {})

    def put(self, path: str, document: str) -> bytes:
        return self._send("PUT", path, document, {"Content-Type": "application/json"})

    def upload(self, path: str, body: bytes) -> bytes:
        self.connection.close()  # an idle one may be gone on the other side
        return self._send("POST", path, body, {"Content-Type": "application/gzip"})

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> bytes:
        # Without this the kernel may hold a small request back for 40 ms.
        if self.connection.sock is None:
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(method, path, body, {self.credential: self.key, **headers})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
        return answer


class Reader(Client):
    """One that sends a session's cookie, as browsers do."""

    credential = "Cookie"
