"""What hostile uploads cost the server: seconds and memory, beside what a careful one allows."""

import os
from pathlib import Path

from bench.server import Accounts
from tests.scans import hostile
from tests.scans.domain import corpus
from tests.scans.serving import served

_SECONDS, _MB = 2, 300


def main() -> None:
    """Serve a database of its own, as the worker's memory is looked at."""
    var = Path(os.environ.get("CODESTAX_VAR", "var")).resolve()
    print(f"\nHostile uploads: at most {_SECONDS} seconds and {_MB} MB more each\n")
    with served(Accounts.found(var)) as server:
        for name in corpus.HOSTILE:
            _show(name, server.measured(corpus.sent("bad", name)))
        for name, make in hostile.UPLOADS.items():
            _, body, headers = make()
            _show(name, server.measured(body, headers))


def _show(name: str, measured: tuple[int, object, float, float]) -> None:
    status, _, seconds, rise = measured
    print(f"  {name:<45}{status:>5}{seconds:>8.2f} s{rise:>8.0f} MB")
