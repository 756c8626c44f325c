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

from bench.data import line, new_repository
from bench.reports import generated_report
from bench.server import Client
from scans.domain.findings import ReportLimits
from scans.domain.formats.sarif_structs import Component, Result
from scans.domain.ingest import parse
from scans.models import Repository

SIZES = (10_000, 100_000)
ROUNDS = 3
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


def measure(client: Client) -> None:
    print("Uploads: the whole request (gzip, JSON, rules, difference, evidence) against the limit:")
    print("msgspec decoding of the same bytes + COPY of the same rows into an indexed table\n")
    for size in SIZES:
        _measure_size(client, size)


def _measure_size(client: Client, size: int) -> None:
    body = generated_report(size)
    packed, rows = gzip.compress(body, compresslevel=5), _stored_rows(body)
    times: dict[str, list[float]] = {"limit": [], "first": [], "next": [], "retry": []}
    for _ in range(ROUNDS):
        repository = new_repository()
        path = f"/api/repos/{repository.pk}/scans?commit="
        times["limit"].append(_timed(partial(_limit, body, rows)))
        times["first"].append(_timed(partial(client.upload, f"{path}a", packed)))
        stored = _row_versions(repository)
        times["next"].append(_timed(partial(client.upload, f"{path}b", packed)))
        times["retry"].append(_timed(partial(client.upload, f"{path}b", packed)))
        if _row_versions(repository) != stored:
            sys.exit("An identical upload wrote finding rows.")
    middle = {name: statistics.median(values) for name, values in times.items()}
    line(f"first upload of {size:,} / limit", middle["first"] / middle["limit"], "at most 3")
    line("identical, next commit / first", middle["next"] / middle["first"], "at most 0.5")
    line("identical, retried / first", middle["retry"] / middle["first"], "at most 0.5")
    print(
        f"    ({len(body) / 1e6:.0f} MB; limit {middle['limit']:.2f} s, "
        f"first {middle['first']:.2f} s)"
    )


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
