"""R18: `python -m tests.drills.slow_clients`, with nginx of the system as docs/nginx.conf has it.

Two hundred clients send a byte a second, half of them of a header and half of a body, and others go
on as if they were not there.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from threading import Thread

import pytest

from bench.server import free_port
from tests.drills.__main__ import main as drill
from tests.drills.traffic import Traffic
from tests.faults.waiting import until

CONFIGURATION = Path(__file__).parents[2] / "docs/nginx.conf"
SLOW, SECONDS, CUT_AFTER = 200, 45, 30
MOST_P99 = 0.5
HEADER = b"GET /api/compliance/frameworks HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (
    b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n"
)


@pytest.fixture
def proxied(new_product):
    """The product behind nginx: its requests go there, without TLS."""
    made = new_product(TRUSTED_PROXIES="1")
    made.start_web()
    directory = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    port = free_port()
    configured = CONFIGURATION.read_text("utf-8").replace(
        "127.0.0.1:8000", f"127.0.0.1:{made.port}"
    )
    configured = configured.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    configured = re.sub(r"^ *ssl_.*\n", "", configured, flags=re.MULTILINE)
    # All of the drill's clients have one address.
    configured = configured.replace("limit_conn address 100", f"limit_conn address {2 * SLOW}")
    (directory / "nginx.conf").write_text(
        f"pid {directory}/pid;\nerror_log {directory}/log;\n{configured}"
    )
    nginx = subprocess.Popen(
        ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf"), "-g", "daemon off;"]
    )
    made.direct, made.port = made.port, port
    until(made.is_live)
    made.broken.clear()
    yield made
    nginx.terminate()
    nginx.wait(timeout=40)
    shutil.rmtree(directory)


class SlowClient:
    """Sends the start of a request at once, and then a byte a second until somebody ends it."""

    def __init__(self, port, start):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(start)
        self.began, self.lasted = time.monotonic(), None

    def drip(self):
        with suppress(OSError):
            self.socket.settimeout(0)
            self.socket.send(b"a")
            self.socket.recv(1)
            self.lasted = time.monotonic() - self.began  # an answer, or the connection's end
        self.socket.settimeout(None)

    def is_over(self):
        return self.lasted is not None


def drip_all(clients, seconds):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for client in clients:
            if not client.is_over():
                client.drip()
        time.sleep(1)


def test_r18_slow_clients_hold_up_nobody(proxied, figure):
    repository = proxied.repository("slow")
    traffic = Traffic(lambda _: proxied.ask("GET", f"/api/compliance/score/{repository.pk}"))
    headers = [SlowClient(proxied.port, HEADER) for _ in range(SLOW // 2)]
    bodies = [SlowClient(proxied.port, BODY) for _ in range(SLOW // 2)]
    dripping = Thread(target=drip_all, args=(headers + bodies, SECONDS))

    with traffic.flowing():
        dripping.start()
        dripping.join()

    cut = [one.lasted for one in headers if one.is_over()]
    for one in headers + bodies:
        one.socket.close()

    p99 = quantiles((seen.seconds for seen in traffic.seen), n=100)[98]
    figure(
        answers=dict(traffic.statuses()),
        p99=f"{p99:.3f} s",
        headers_cut=f"{len(cut)} after {max(cut, default=0):.0f} s",
        bodies_held=f"{sum(not one.is_over() for one in bodies)} by the proxy",
    )
    assert traffic.statuses().keys() == {200}
    assert p99 < MOST_P99
    assert len(cut) == len(headers)
    assert max(cut) < CUT_AFTER + 5


if __name__ == "__main__":
    sys.exit(drill("tests/drills/slow_clients.py", *sys.argv[1:]))
