"""`make bench`: speeds as ratios, each measured beside its limit in the same run.

`python -m bench audit`, `uploads`, `reads`, `pages`, `writes` or `latency` measures one part alone,
`pace` what a million findings cost reads and changes, `timing` what time tells a stranger, `bad`
what hostile uploads cost. Ends with an error where a limit is broken (bench.limits: when it is).
"""

import os
import sys
from pathlib import Path

import django

from bench import bad
from bench.limits import broken
from bench.server import Accounts, Client, database, running_server

PARTS = ["audit", "uploads", "reads", "pages", "writes", "latency"]


def main() -> None:
    var = Path(os.environ.get("CODESTAX_VAR", "var")).resolve()
    with database(Accounts.found(var), "codestax_bench") as accounts:
        os.environ |= accounts.environment
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        # They need the settings.
        from bench import audit, data, latency, pace, pages, reads, timing, uploads, writes

        key, wanted = data.prepare(), sys.argv[1:] or PARTS
        if "audit" in wanted:
            audit.measure()
        if wanted == ["audit"]:
            sys.exit(f"Over their limits: {', '.join(broken)}." if broken else 0)
        with running_server(WEB_WORKERS="1", WEB_THREADS="4") as server:
            client = Client(server.port, key)
            if "uploads" in wanted:
                uploads.measure(client, server)
            if "reads" in wanted:
                reads.measure(client)
            if "pages" in wanted:
                pages.measure(server.port)
        by_default = {"writes": writes.measure, "latency": latency.measure}
        by_default |= {"pace": pace.measure, "timing": timing.measure}
        for part in by_default.keys() & wanted:
            with running_server() as server:
                by_default[part](server, key)
    if broken:
        sys.exit(f"Over their limits: {', '.join(broken)}.")


if __name__ == "__main__":
    (bad.main if sys.argv[1:] == ["bad"] else main)()
