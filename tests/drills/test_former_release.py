"""R15: a former release serves while the present migrations are applied, and after it.

Which one: tests/drills/former/release.py. Each request is one that succeeds.
"""

import json
import math
import time
from collections import Counter

import psycopg
import pytest

from bench.server import Accounts
from tests.drills.former.calls import GOOD, Calls
from tests.drills.former.release import (
    NoHistoryError,
    checked_out,
    described,
    former_commit,
    migrations_below,
)
from tests.drills.migrating import Locks, migrating
from tests.drills.size import size
from tests.drills.traffic import Traffic
from tests.faults.product import ROOT, Product

pytestmark = pytest.mark.slow
LONGEST_LOCK = size(math.inf, 0.2)  # in seconds; within the suite nothing is timed
OWNER = "former_owner"
# As README has it; the one of the embedded server is a superuser, whom no policy binds.
_ACCOUNT = f"""
CREATE ROLE {OWNER} LOGIN;
GRANT codestax_staff TO {OWNER};
"""


@pytest.fixture(scope="module")
def release():
    try:
        commit = former_commit()
    except NoHistoryError as reason:
        pytest.skip(str(reason))
    with checked_out(commit) as made:
        yield made


@pytest.fixture
def accounts(postgresql):
    """Those of an empty database, whose owner is no superuser."""
    with psycopg.connect(postgresql.accounts.owner, autocommit=True) as connection:
        connection.execute(_ACCOUNT)
        connection.execute(f"CREATE DATABASE former OWNER {OWNER}")
    beside = postgresql.accounts.beside("former")
    return Accounts(beside.owner.replace("//codestax@", f"//{OWNER}@"), beside.app)


@pytest.fixture
def former(release, accounts, tmp_path):
    """Serves the demo, on its own schema."""
    product = Product(accounts, "", tmp_path, **release.environment(accounts))
    product.root = release.root
    try:
        product.manage("migrate", "--verbosity", "0")
        product.manage("load_demo")
        product.start_web()
        yield product
    finally:
        product.stop()


@pytest.fixture
def present(release, accounts, tmp_path):
    """The present code for the same database, with the same secrets."""
    kept = release.environment(accounts) | accounts.environment
    product = Product(accounts, "", tmp_path, **kept)
    yield product
    product.stop()


@pytest.fixture
def calls(release, former):
    credentials = json.loads((release.root / "var" / "demo.json").read_text())
    former.key = credentials["api_key"]
    return Calls(former, credentials)


def kept(product):
    """How many changes of the selection, and scans, the database has."""
    return Counter(
        choice=product.one(
            "SELECT count(*) FROM audit_auditlogsaas WHERE action = 'COMPLIANCE_CONTROLS_UPDATED'"
        ),
        scan=product.one("SELECT count(*) FROM scans_scan"),
    )


def test_r15_a_former_release_serves_while_the_present_migrations_are_applied(
    release, former, present, calls, figure
):
    traffic = Traffic(*calls.each_in_turn(), clients=size(4, 16))
    before = kept(former)

    with Locks(former) as locks, traffic.flowing():
        began = time.monotonic()
        with migrating(present) as process:
            told = process.communicate(timeout=120)[1]
        seconds = time.monotonic() - began
        # Both serve at once until the last process of the former release is replaced.
        present.start_web()
        traffic.until_answered(200)
    lasted = time.monotonic() - began

    assert process.returncode == 0, told
    assert traffic.statuses().keys() == GOOD
    assert kept(former) - before == Counter(calls.acknowledged)
    former.stop()
    former.start_web()
    assert former.is_ready()
    assert present.is_ready()
    assert "OK." in present.manage("audit", "verify")
    figure(
        former=described(release.commit),
        migrations=len(migrations_below(ROOT) - release.migrations()),
        seconds=f"{seconds:.1f}",
        gave_way=told.count("Running work was in the way"),
        answers=dict(traffic.statuses()),
        a_second=f"{len(traffic.seen) / lasted:.0f}",
        slowest=f"{traffic.slowest():.2f} s",
        longest_lock=f"{locks.longest * 1000:.0f} ms ({locks.table})",
    )
    assert locks.longest < LONGEST_LOCK, locks.table
