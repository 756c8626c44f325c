"""Read the reports of one request as one: what the same tool says in several is united."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from scans.domain.findings import SEVERITY_RANK, FindingRow, ParsedRun, ReportLimits
from scans.domain.ingest import parse

# Part of a report's digest: raise it when the same bytes are read differently, so that a report
# stored under older rules is not taken for a repetition.
NORMALISER_VERSION = "1"


def parse_all(
    payloads: Sequence[bytes], limits: ReportLimits, declared_format: str = ""
) -> list[ParsedRun]:
    """Parse every payload; return one run per tool and category."""
    return unite(run for payload in payloads for run in parse(payload, limits=limits))


def unite(runs: Iterable[ParsedRun]) -> list[ParsedRun]:
    """Join runs of the same tool and category; a flaw in two of them counts once."""
    ordered = sorted(runs, key=lambda run: (run.tool, run.category))
    return [
        _joined(list(group))
        for _, group in groupby(ordered, key=lambda run: (run.tool, run.category))
    ]


def _joined(runs: list[ParsedRun]) -> ParsedRun:
    if len(runs) == 1:
        return runs[0]
    rows: dict[bytes, FindingRow] = {}
    for row in (row for run in runs for row in run.rows):
        known = rows.get(row[0])
        rows[row[0]] = row if known is None else _worse(known, row)
    ignored: dict[str, int] = {}
    for run in runs:
        for reason, count in run.ignored.items():
            ignored[reason] = ignored.get(reason, 0) + count
    return replace(
        runs[-1],
        version=next((run.version for run in reversed(runs) if run.version), ""),
        is_complete=all(run.is_complete for run in runs),
        check_types=frozenset().union(*(run.check_types for run in runs)),
        open_check_types=frozenset().union(*(run.open_check_types for run in runs)),
        iac_kinds=frozenset().union(*(run.iac_kinds for run in runs)),
        rows=list(rows.values()),
        results=sum(run.results for run in runs),
        duplicates=sum(run.duplicates + len(run.rows) for run in runs) - len(rows),
        ignored=ignored,
    )


def _worse(one: FindingRow, other: FindingRow) -> FindingRow:
    """Of two rows for one flaw the more severe; active as soon as one of them is."""
    row = max(one, other, key=lambda row: SEVERITY_RANK[row[2]])
    return (*row[:8], one[8] and other[8])
