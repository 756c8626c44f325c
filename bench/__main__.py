"""`make bench`: speeds as ratios, each measured beside its limit in the same run."""

import os

import django

from bench.server import Client, database, running_server


def main() -> None:
    from codestax import embedded
    from codestax.settings import VAR_DIR

    url = os.environ.get("DATABASE_URL") or embedded.start(VAR_DIR / "postgres")
    with database(url, "codestax_bench") as bench_url:
        os.environ["DATABASE_URL"] = bench_url
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        from bench import data, reads, uploads  # they need the settings

        key = data.prepare()
        with running_server() as port:
            client = Client(port, key)
            uploads.measure(client)
            reads.measure(client)


if __name__ == "__main__":
    main()
