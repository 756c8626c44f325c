"""The chain: one number and one hash for each entry, that every reader can compute again."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import rfc8785
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.chains import verify_chain
from audit.domain.metadata import json_safe
from audit.models import AuditHead, AuditLogSaaS
from codestax.common.acts import act
from tests.audit.conftest import answering
from tests.audit.logs import AT, ORG, write


def chain(org=ORG):
    return list(AuditLogSaaS.objects.filter(org=org).order_by("seq"))


@pytest.mark.django_db
def test_entries_are_counted_for_each_organization_from_one():
    write(2, org=1)
    write(1, org=2)
    write(1, org=None)
    write(1, org=1)

    assert [(entry.org, entry.seq) for entry in AuditLogSaaS.objects.order_by("id")] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (None, 1),
        (1, 3),
    ]


@pytest.mark.django_db
def test_a_hash_covers_the_documented_fields_and_the_hash_before():
    write(2)
    first, second = chain()

    assert bytes(first.hash) == sha256(bytes(32) + rfc8785.dumps(first.record())).digest()
    assert (
        bytes(second.hash)
        == sha256(
            bytes(first.hash)
            + b'{"action":"SIGN_IN","actor_email":"user1@acme.example",'
            + b'"created_at":"2026-04-26T12:00:01.000000Z","ip":"203.0.113.7",'
            + b'"metadata":{"changes":[],"number":1},"org":77,"seq":2,'
            + b'"user_agent":"curl/8.5","v":1}'
        ).digest()
    )


@pytest.mark.django_db
def test_entries_of_no_organization_are_a_chain_of_their_own():
    write(2, org=None)

    assert verify_chain(0).startswith("2 entries hold together")


@pytest.mark.django_db
def test_an_act_that_is_undone_leaves_no_gap():
    write()
    with pytest.raises(ZeroDivisionError), act("LOST", organization_id=ORG):
        raise ZeroDivisionError
    write()

    assert [entry.seq for entry in chain()] == [1, 2]
    assert AuditHead.objects.get(org=ORG).seq == 2


@pytest.mark.django_db
def test_r13_numbers_and_not_clocks_order_the_entries():
    now = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)
    for step in (timedelta(0), timedelta(hours=-1), timedelta(hours=1), timedelta(seconds=-90)):
        with time_machine.travel(now + step, tick=False), act("TICK", organization_id=ORG):
            pass

    times = [entry.created_at for entry in chain()]
    assert times != sorted(times)
    assert verify_chain(ORG).startswith("4 entries hold together")


# What is hashed is what comes back

STRINGS = st.text() | st.sampled_from(["\0", "\ud800", "\U0001f600\ufffd", "\x7f\u2028", '"\\'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=12,
)
ADDRESSES = (
    st.ip_addresses().map(str)
    | st.integers(0, 2**33).map(lambda number: f"::{number >> 16:x}:{number & 65535:x}")
    | st.ip_addresses(v=4).map("::ffff:{}".format)
)
SAVED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.django_db
@SAVED
@given(metadata=st.dictionaries(STRINGS, JSON, max_size=4), agent=STRINGS, email=STRINGS)
def test_whatever_an_act_is_described_by_is_hashed_as_it_is_stored(metadata, agent, email):
    with (
        answering(HTTP_USER_AGENT=agent),
        act("ANY", organization_id=ORG, actor_email=email or None) as this,
    ):
        this.metadata.update(metadata)

    assert "hold together" in verify_chain(ORG)


@pytest.mark.django_db
@SAVED
@given(address=ADDRESSES)
def test_every_address_is_hashed_as_the_database_writes_it(address):
    with answering(REMOTE_ADDR=address), act("ANY", organization_id=ORG):
        pass

    assert "hold together" in verify_chain(ORG)


@given(JSON)
def test_metadata_is_json_that_every_reader_takes_alike(value):
    safe = json_safe(value)

    assert json.loads(rfc8785.dumps(safe)) == safe


# Many at once


@pytest.mark.django_db(transaction=True)
def test_acts_at_the_same_time_leave_no_gap_and_no_fork_in_the_order_of_their_commits():
    organizations, workers, each = (1, 2, 3), 8, 12

    def record(worker):
        try:
            for number in range(each):
                org = organizations[(worker + number) % len(organizations)]
                with act("ANY", organization_id=org, worker=worker, number=number):
                    pass
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(record, range(workers)))

    assert sum(len(chain(org)) for org in organizations) == workers * each
    for org in organizations:
        assert f"{len(chain(org))} entries hold together" in verify_chain(org)
        # Of one worker the later act has the higher number.
        made = [(e.metadata["worker"], e.metadata["number"]) for e in chain(org)]
        assert all(
            [number for who, number in made if who == worker]
            == sorted(number for who, number in made if who == worker)
            for worker in range(workers)
        )


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_up_to_a_number_has_missed_none_before_it():
    """An entry waits for the commit of the one before: that is what the stream's cursor needs."""
    order = []

    def later():
        try:
            with act("SECOND", organization_id=ORG):
                order.append("second waits")
            order.append("second committed")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            write(created_at=AT)
            second = pool.submit(later)
            assert is_soon(connection_waits)
            order.append("first commits")
        second.result(timeout=20)

    assert order == ["second waits", "first commits", "second committed"]
    assert [(entry.seq, entry.action) for entry in chain()] == [(1, "SIGN_IN"), (2, "SECOND")]


def is_soon(condition, seconds=10):
    deadline = time.monotonic() + seconds
    return any(condition() for _ in iter(lambda: time.monotonic() < deadline, False))


def connection_waits():
    """How many connections to this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # kept for a transaction otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
