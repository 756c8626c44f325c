"""How long a score takes on other connections while a large report is stored."""

import gzip
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from bench.data import new_repository
from bench.limits import judged
from bench.reports import generated_report
from bench.server import Client, Server

RESULTS, UPLOADS, CONNECTIONS = 100_000, 5, 4
PAUSE = 0.01
IDLE_SECONDS = 5
MOST = 3


def measure(server: Server, key: str) -> None:
    """The server runs with as many workers as `serve` has by default."""
    print(f"\nScores on {CONNECTIONS} connections while a report of {RESULTS:,} is stored\n")
    uploader = Client(server.port, key)
    scanned = new_repository()
    uploader.upload(f"/api/repos/{scanned.pk}/scans", generated_report(100))
    path = f"/api/compliance/score/{scanned.pk}"
    packed = gzip.compress(generated_report(RESULTS), compresslevel=5)
    ratios = []
    for _ in range(UPLOADS):
        with _asking(server, key, path) as idle:
            time.sleep(IDLE_SECONDS)
        repository = new_repository()
        with _asking(server, key, path) as busy:
            uploader.upload(f"/api/repos/{repository.pk}/scans", packed)
        ratios.append(_p99(busy) / _p99(idle))
        print(
            f"    ({len(busy)} requests: median {statistics.median(busy) * 1000:.1f} ms, p99 "
            f"{_p99(busy) * 1000:.1f} ms; idle {statistics.median(idle) * 1000:.1f} ms, "
            f"{_p99(idle) * 1000:.1f} ms)"
        )
    judged("score p99 while storing / idle", ratios, MOST)


@contextmanager
def _asking(server: Server, key: str, path: str) -> Iterator[list[float]]:
    """Ask again and again over all connections; the list holds the seconds of each request."""
    seconds: list[float] = []
    is_over = Event()

    def ask() -> None:
        client = Client(server.port, key)
        while not is_over.wait(PAUSE):
            started = time.perf_counter()
            client.get(path)
            seconds.append(time.perf_counter() - started)

    threads = [Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        yield seconds
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]
