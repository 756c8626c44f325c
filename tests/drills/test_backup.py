"""R16: a dump under traffic, restored into a new database, is the product as it was."""

import gzip
import json
import time

import psycopg
import pytest

from bench.reports import generated_report
from tests.drills.ledger import Ledger
from tests.drills.size import size
from tests.drills.traffic import Traffic
from tests.faults.product import Product, create_database

pytestmark = pytest.mark.slow
RESULTS, REPOSITORIES = size((2_000, 1), (100_000, 10))
EMAIL, PASSWORD = "keeper@globex.example", "correct horse battery staple"
NEVER_SAME = {"evaluated_at"}


@pytest.fixture
def restored(postgresql, server, product, tmp_path_factory):
    """Make the product that a dump of `product` gives, on a database of its own."""
    made = []

    def restore(path):
        name = "codestax_restored"
        accounts = create_database(server, name)
        postgresql.call("pg_restore", "--exit-on-error", "--dbname", accounts.owner, path)
        made.append(Product(accounts, product.key, tmp_path_factory.mktemp(name)))
        made[-1].start_web()
        return made[-1]

    yield restore
    for other in made:
        other.stop()


@pytest.fixture(scope="module")
def dump(postgresql, server, product):
    """Dump the product into a file, as the account that docs/operations.md makes for it."""
    with psycopg.connect(server.owner, autocommit=True) as connection:
        connection.execute("CREATE ROLE codestax_dump LOGIN BYPASSRLS")
        connection.execute("GRANT pg_read_all_data TO codestax_dump")
    account = product.accounts.owner.replace("//codestax@", "//codestax_dump@", 1)
    path = str(postgresql.server.data / "drill.dump")

    def write():
        postgresql.call("pg_dump", "--format=custom", "--file", path, account)
        return path

    return write


def test_r16_a_dump_under_traffic_restores_all_of_it(product, ledger, dump, restored, figure):
    repositories = [product.repository(f"kept {number}") for number in range(REPOSITORIES)]
    for number, repository in enumerate(repositories):
        body = gzip.compress(generated_report(RESULTS, seed=number), compresslevel=1)
        assert repository.upload("a1", body)[0] == 201
    told = ("bootstrap_org", "--name", "Globex", "--email", EMAIL, "--password", PASSWORD)
    product.manage(*told)
    traffic = Traffic(ledger.write)

    with traffic.flowing():
        began = time.monotonic()
        path = dump()
        dumped = time.monotonic()
    copy = restored(path)
    ready = time.monotonic()

    assert traffic.statuses().keys() == {200}
    entries = Ledger(copy).entries()
    assert entries == ledger.entries()[: len(entries)]
    assert Ledger(copy).selection() == entries[-1]
    assert "acme: OK." in copy.manage("audit", "verify")
    assert copy.manage("database", "check").startswith("The database is as the product needs it")
    assert copy.is_ready()
    for repository in repositories:
        assert _score(copy, repository) == _score(product, repository)
    counted = "SELECT count(*) FROM scans_finding"
    assert copy.one(counted) == product.one(counted) >= RESULTS * REPOSITORIES
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    assert copy.ask("POST", "/api/auth/token", body, X_API_Key="").status == 200
    figure(
        findings=copy.one(counted),
        dumped_in=f"{dumped - began:.1f} s",
        restored_and_serving_in=f"{ready - dumped:.1f} s",
    )


def _score(product, repository):
    """Of a framework that the traffic leaves alone."""
    path = f"/api/compliance/score/{repository.pk}?framework=owasp"
    status, document = product.send("GET", path)
    assert status == 200
    return {name: value for name, value in document.items() if name not in NEVER_SAME}
