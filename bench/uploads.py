"""Uploads against what decoding and storing the same report takes at the least."""

import gzip
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from django.db import connection, transaction

from bench.data import new_repository
from bench.limits import judged
from bench.reports import changed_report, generated_report
from bench.server import Client, Server
from scans.domain.findings import ReportLimits
from scans.domain.formats.sarif_structs import Component, Result
from scans.domain.ingest import parse
from scans.models import Repository

# Results, rounds, and how many times the limit a first upload may take.
SIZES = ((1_000, 9, 6.0), (10_000, 7, 3.0), (100_000, 5, 2.0))
# Parts of a first upload's time that later ones may take. Of a small report's, what every request
# costs is the most, so these hold for the largest.
IDENTICAL, CHANGED = 0.25, 0.3
MEGABYTES = 400
_COLUMNS = (
    "org_id, repository_id, branch, tool, category, fingerprint, check_type, severity, rule_id, "
    "path, line, message, cwes, is_suppressed, opened_scan_id"
)


class Tool(msgspec.Struct, gc=False):
    driver: Component


class Run(msgspec.Struct, gc=False):
    """As much of a run as the product reads, decoded at once."""

    tool: Tool
    results: list[Result]


class Log(msgspec.Struct, gc=False):
    version: str
    runs: list[Run]


def measure(client: Client, server: Server) -> None:
    print("Uploads: the whole request (gzip, JSON, rules, difference, evidence) against the limit:")
    print("msgspec decoding of the same bytes + COPY of the same rows into an indexed table\n")
    for size, rounds, most in SIZES:
        _measure_size(client, size, rounds, most)
    judged("peak memory of the server, MB", [server.peak_memory()], MEGABYTES)


def _measure_size(client: Client, size: int, rounds: int, most: float) -> None:
    body = generated_report(size)
    rows = _stored_rows(body)
    packed, changed = (gzip.compress(one, compresslevel=5) for one in (body, changed_report(size)))
    taken = [_round(client, body, rows, packed, changed) for _ in range(rounds)]
    ratio = partial(_ratios, taken)
    judged(f"first upload of {size:,} / limit", ratio("first", "limit"), most)
    is_largest = size == SIZES[-1][0]
    for name, kind, share in (
        ("identical, next commit", "next", IDENTICAL),
        ("identical, retried", "retry", IDENTICAL),
        ("1 % changed", "changed", CHANGED),
    ):
        judged(f"  {name} / first", ratio(kind, "first"), share if is_largest else None)
    seconds = {name: statistics.median(one[name] for one in taken) for name in taken[0]}
    print(
        f"    ({len(body) / 1e6:.0f} MB; limit {seconds['limit']:.3f} s, "
        f"first {seconds['first']:.3f} s, changed {seconds['changed']:.3f} s)"
    )


def _round(
    client: Client, body: bytes, rows: list[tuple[Any, ...]], packed: bytes, changed: bytes
) -> dict[str, float]:
    """Seconds of each kind of upload, one after another on a new repository."""
    repository = new_repository()
    path = f"/api/repos/{repository.pk}/scans?commit="
    seconds = {
        "limit": _timed(partial(_limit, body, rows)),
        "first": _timed(partial(client.upload, f"{path}a", packed)),
    }
    stored = _row_versions(repository)
    seconds["next"] = _timed(partial(client.upload, f"{path}b", packed))
    seconds["retry"] = _timed(partial(client.upload, f"{path}b", packed))
    if _row_versions(repository) != stored:
        sys.exit("An identical upload wrote finding rows.")
    seconds["changed"] = _timed(partial(client.upload, f"{path}c", changed))
    return seconds


def _ratios(rounds: list[dict[str, float]], name: str, of: str) -> list[float]:
    return [one[name] / one[of] for one in rounds]


def _limit(body: bytes, rows: list[tuple[Any, ...]]) -> None:
    msgspec.json.decode(body, type=Log)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_limit (LIKE scans_finding INCLUDING ALL)")
        with cursor.copy(f"COPY bench_limit ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_limit")


def _stored_rows(body: bytes) -> list[tuple[Any, ...]]:
    """The rows that the product stores for this report; read outside the limit's time."""
    (run,) = parse(body, limits=ReportLimits())
    return [(1, 1, "main", run.tool, "", *row[:7], _array(row[7]), row[8], 1) for row in run.rows]


def _array(cwes: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, cwes)) + "}"


def _row_versions(repository: Repository) -> Any:
    """Differs as soon as any finding row is written, even with equal values."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), max(xmin::text) FROM scans_finding WHERE repository_id = %s",
            [repository.pk],
        )
        return cursor.fetchone()


def _timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
