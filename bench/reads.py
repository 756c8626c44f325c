"""Reads against a bare JSON view on the same server, over one connection."""

import gzip
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client as InProcess
from django.test.utils import CaptureQueriesContext

from bench.data import line, new_repository
from bench.reports import generated_report
from bench.server import Client
from scans.models import Repository

SCANS = 90
BURSTS, REQUESTS = 7, 150


def measure(client: Client) -> None:
    print("\nReads: requests per second against a bare JSON view, one connection, one worker\n")
    small, large = _scanned(client, 100, SCANS), _scanned(client, 100_000, 1)
    targets = [
        ("score", f"/api/compliance/score/{small.pk}", "at least 0.25", 5),
        ("frameworks", "/api/compliance/frameworks", "", 0),
        ("controls", f"/api/compliance/frameworks/soc2/controls?repo_id={small.pk}", "", 0),
        ("trend, 90 points", f"/api/compliance/trend/{small.pk}", "", 0),
        ("page of 25", f"/api/repos/{large.pk}/findings?limit=25", "at least 0.15", 4),
    ]
    for name, path, wanted, _ in targets:
        bare, real = _seconds(partial(client.get, "/bare"), partial(client.get, path))
        line(f"{name} / bare view", bare / real, wanted)
        print(f"    ({1 / real:.0f} against {1 / bare:.0f} requests a second)")
    scores = [partial(client.get, f"/api/compliance/score/{one.pk}") for one in (small, large)]
    few, many = _seconds(*scores)
    line("score latency, 100,000 / 100 open findings", many / few, "at most 1.1")
    for name, path, _, most in targets:
        line(f"queries of {name}", _queries(client.key, path), f"at most {most}" if most else "")


def _scanned(client: Client, results: int, scans: int) -> Repository:
    repository = new_repository()
    body = gzip.compress(generated_report(results), compresslevel=5)
    for number in range(scans):
        client.upload(f"/api/repos/{repository.pk}/scans?commit=c{number}", body)
    return repository


def _seconds(*calls: Callable[[], Any]) -> list[float]:
    """Seconds a call: the median of bursts, taken in turns so that noise meets all alike."""
    bursts: list[list[float]] = [[] for _ in calls]
    for _ in range(BURSTS):
        for call, times in zip(calls, bursts, strict=True):
            call()
            started = time.perf_counter()
            for _ in range(REQUESTS):
                call()
            times.append((time.perf_counter() - started) / REQUESTS)
    return [statistics.median(times) for times in bursts]


def _queries(key: str, path: str) -> int:
    """How many queries the request makes, in this process and with the same key."""
    in_process = InProcess(headers={"X-API-Key": key, "Host": "127.0.0.1"})
    in_process.get(path)
    with CaptureQueriesContext(connection) as captured:
        in_process.get(path)
    return len(captured)
