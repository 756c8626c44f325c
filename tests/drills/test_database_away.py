"""R6 and R7: PostgreSQL is restarted, has no connection left, or says nothing, under traffic."""

import time
from contextlib import contextmanager, suppress

import psycopg
import pytest

from tests.drills.size import size
from tests.drills.traffic import Traffic
from tests.faults.waiting import until

pytestmark = pytest.mark.slow
RESTARTS = size(1, 5)


def reading(product):
    return lambda _: product.ask("GET", "/api/compliance/frameworks")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_r6_a_restart_under_traffic_loses_and_doubles_nothing(
    product, postgresql, ledger, figure, mode
):
    traffic = Traffic(ledger.write, reading(product))
    back = []

    with traffic.flowing():
        for _ in range(RESTARTS):
            postgresql.stop(mode)
            traffic.until_answered(503)
            postgresql.start()
            started = time.monotonic()
            traffic.until_answered(200)
            back.append(traffic.first(200, started))

    assert traffic.statuses().keys() == {200, 503}
    assert all(answer.headers["Retry-After"] == "5" for answer in traffic.answered(503))
    ledger.check()
    ledger.verify()
    figure(
        restarts=RESTARTS,
        answers=dict(traffic.statuses()),
        acknowledged_writes=len(ledger.acknowledged()),
        lost=0,
        doubled=0,
        first_200_after=f"{max(back):.2f} s",
    )


@contextmanager
def all_connections_of(product):
    """Take every connection that the server has for the app, those that the product holds too."""
    held = []
    try:
        with psycopg.connect(product.accounts.owner, autocommit=True) as owner:
            until(lambda: _holds_all(held, product, owner))
            yield held  # the owner's own one stays too: one that ends is a free one
    finally:
        for connection in held:
            connection.close()


def _holds_all(held, product, owner):
    """Fill the server up, and end what the product has; whether nothing was left to it."""
    with suppress(psycopg.OperationalError):
        while True:
            held.append(psycopg.connect(product.accounts.app))
    owner.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'codestax_app' AND NOT pid = ANY(%s)""",
        [[connection.info.backend_pid for connection in held]],
    )
    (most,) = owner.execute(
        """SELECT current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int"""
    ).fetchone()
    return len(held) == most - 1


def test_r7_without_a_free_connection_every_request_is_503_and_recovers_by_itself(
    product, ledger, figure
):
    traffic = Traffic(ledger.write, reading(product))

    with traffic.flowing():
        with all_connections_of(product) as held:
            began = time.monotonic()
            traffic.until_answered(503)
            probes = [product.ask("GET", f"/healthz/{name}").status for name in ("live", "ready")]
            while_full = [seen for seen in traffic.seen if seen.at >= began]
        freed = time.monotonic()
        traffic.until_answered(200)

    assert probes == [200, 503]
    assert {seen.status for seen in while_full} == {503}
    assert traffic.statuses().keys() == {200, 503}
    ledger.check()
    figure(
        connections_taken=len(held),
        slowest_503=f"{max(seen.seconds for seen in while_full):.2f} s",
        first_200_after=f"{traffic.first(200, freed):.2f} s",
    )
