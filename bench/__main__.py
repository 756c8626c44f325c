"""`make bench`: speeds as ratios, each measured beside its limit in the same run.

`python -m bench uploads` or `reads` measures one part alone.
"""

import os
import sys
from pathlib import Path

import django

from bench.server import Client, database, running_server
from codestax import embedded


def main() -> None:
    var = Path(os.environ.get("CODESTAX_VAR", "var")).resolve()
    url = os.environ.get("DATABASE_URL") or embedded.start(var / "postgres")
    with database(url, "codestax_bench") as bench_url:
        os.environ["DATABASE_URL"] = bench_url
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        from bench import data, reads, uploads  # they need the settings

        key = data.prepare()
        with running_server() as port:
            client = Client(port, key)
            for name, part in (("uploads", uploads), ("reads", reads)):
                if name in (sys.argv[1:] or ("uploads", "reads")):
                    part.measure(client)


if __name__ == "__main__":
    main()
