"""Answers at a steady pace while the organization holds a million findings.

Absolute figures, beside those of a bare view in the same run: what is wanted of two calm cores
stands beside each, and does not end the run with an error where the machine is busy.
"""

import gzip
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import TypeVar

from bench.data import line, new_repository
from bench.reports import generated_report
from bench.server import Client, Server
from orgs.domain import keys

RESULTS, REPOSITORIES = 100_000, 10
CONNECTIONS, SECONDS = 8, 20
READS_A_SECOND, CHANGES_A_SECOND = 100, 20
ENABLED = "/api/compliance/frameworks/enabled"
BODIES = [json.dumps({"keys": chosen}) for chosen in (["soc2"], ["owasp", "soc2"])]
KEY_CHECKS = 20_000

Result = TypeVar("Result")


def measure(server: Server, key: str) -> None:
    """The server runs with as many workers as `serve` has by default."""
    print(f"\nAt a steady pace, with {RESULTS * REPOSITORIES:,} findings\n")
    paths = [_filled(server, key, number) for number in range(REPOSITORIES)]

    def read(client: Client, number: int) -> None:
        client.get(paths[number % len(paths)])

    def change(client: Client, number: int) -> None:
        client.put(ENABLED, BODIES[number % len(BODIES)])

    def bare(client: Client, _: int) -> None:
        client.get("/bare")

    for name, call, pace, middle, slowest in (
        ("bare view", bare, READS_A_SECOND, None, None),
        ("score", read, READS_A_SECOND, 15, 60),
        ("change of the selection", change, CHANGES_A_SECOND, None, 80),
    ):
        seconds = _paced(server, key, call, pace)
        cuts = quantiles(seconds, n=100)
        line(f"{name} at {pace} a second, median ms", cuts[49] * 1000, _wanted(middle))
        line(f"{name} at {pace} a second, p99 ms", cuts[98] * 1000, _wanted(slowest))
    for name, call in (("bare views", bare), ("scores", read)):
        line(f"{name} a second on {CONNECTIONS} connections", _fastest(server, key, call))
    line("check of a key, microseconds of a CPU", _key_check(key) * 1e6, "at most 100")


def _wanted(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"at most {milliseconds}"


def _filled(server: Server, key: str, seed: int) -> str:
    """Store one report of RESULTS findings in a repository of its own; returns its score's path."""
    repository = new_repository()
    report = gzip.compress(generated_report(RESULTS, seed=seed), compresslevel=1)
    Client(server.port, key).upload(f"/api/repos/{repository.pk}/scans", report)
    return f"/api/compliance/score/{repository.pk}"


def _paced(
    server: Server, key: str, call: Callable[[Client, int], None], a_second: int
) -> list[float]:
    """How long each call took, from the moment that it was due: none is left out for a slow one."""
    pause = CONNECTIONS / a_second
    began = time.perf_counter() + 0.5

    def send(client: Client, connection: int) -> list[float]:
        call(client, connection)
        taken = []
        for number in range(int(SECONDS / pause)):
            due = began + number * pause + connection / a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            call(client, number)
            taken.append(time.perf_counter() - due)
        return taken

    return [one for taken in _on_connections(server, key, send) for one in taken]


def _fastest(server: Server, key: str, call: Callable[[Client, int], None]) -> float:
    ends = time.perf_counter() + SECONDS

    def send(client: Client, connection: int) -> int:
        sent = 0
        while time.perf_counter() < ends:
            call(client, connection + sent)
            sent += 1
        return sent

    return sum(_on_connections(server, key, send)) / SECONDS


def _on_connections(
    server: Server, key: str, send: Callable[[Client, int], Result]
) -> list[Result]:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(lambda at: send(Client(server.port, key), at), range(CONNECTIONS)))


def _key_check(text: str) -> float:
    """CPU seconds of one check, without the query."""
    kept = keys.parse_key(text)
    if kept is None:
        raise AssertionError(text)
    expected = keys.digest(kept.secret)
    started = time.process_time()
    for _ in range(KEY_CHECKS):
        parsed = keys.parse_key(text)
        if parsed is None or not keys.same_digest(keys.digest(parsed.secret), expected):
            raise AssertionError
    return (time.process_time() - started) / KEY_CHECKS
