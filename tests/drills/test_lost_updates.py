"""R10: many clients change one organization's selection at once; no update is lost unseen.

The default is small. The figures of docs/security.md are those of

    CLIENTS=20 PUTS=100 python -m pytest --durations=3 tests/drills/test_lost_updates.py
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, combinations
from threading import Barrier

import pytest
from django.db import connection

from audit.models import AuditHead
from compliance.domain.catalog import builtin_frameworks
from compliance.models import FrameworkSelection
from compliance.queries import current_policy, stored_policy
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS, PUTS = int(os.environ.get("CLIENTS", "6")), int(os.environ.get("PUTS", "5"))
FRAMEWORKS = "/api/compliance/frameworks"
ENABLED = f"{FRAMEWORKS}/enabled"
CUSTOM = "/api/compliance/custom-frameworks"
KEYS = list(builtin_frameworks())
# A set of its own for each client; together no two of them.
SETS = [list(keys) for size in (3, 2, 4) for keys in combinations(KEYS, size)]


@pytest.fixture
def key():
    return ApiKeyFactory(membership=MembershipFactory(role="owner", org__plan="enterprise"))


def all_at_once(work):
    """What `work(client's number)` returns for each client, each on a connection of its own."""

    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def entries(key):
    return AuditHead.objects.get(org=key.org_id).seq


def put(client, keys, etag=None):
    headers = {"If-Match": etag} if etag else {}
    return client.put(ENABLED, {"keys": keys}, headers=headers)


def test_r10_of_many_writers_one_whole_set_stays(api_as, key):
    before, client = entries(key), api_as(key)
    together = Barrier(CLIENTS, timeout=60)

    def write(number):
        together.wait()
        return [put(client, SETS[number]).status_code for _ in range(PUTS)]

    statuses = [status for each in all_at_once(write) for status in each]

    assert statuses == [200] * (CLIENTS * PUTS)  # no deadlock, and nothing that had to be undone
    assert entries(key) == before + CLIENTS * PUTS
    assert FrameworkSelection.objects.of(key.org).get().keys in SETS[:CLIENTS]
    assert current_policy(key.org) == stored_policy(key.org)


def test_r10_of_many_who_have_read_the_same_one_writes_and_the_others_are_told(api_as, key):
    before, client = entries(key), api_as(key)
    have_read, have_written = Barrier(CLIENTS, timeout=60), Barrier(CLIENTS, timeout=60)

    def write(number):
        statuses = []
        for _ in range(PUTS):
            answer = client.get(FRAMEWORKS)
            own = next(keys for keys in SETS[number::CLIENTS] if keys != enabled(answer))
            have_read.wait()
            statuses.append(put(client, own, answer.headers["ETag"]).status_code)
            have_written.wait()
        return statuses

    rounds = zip(*all_at_once(write), strict=True)

    assert {tuple(sorted(statuses)) for statuses in rounds} == {(200, *[412] * (CLIENTS - 1))}
    assert entries(key) == before + PUTS
    assert current_policy(key.org) == stored_policy(key.org)


def enabled(answer):
    return answer.json()["enabled_keys"]


def test_r10_who_reads_again_when_told_so_loses_nothing(api_as, key):
    """Each client adds frameworks of its own to what is there: read, change, write."""
    client = api_as(key)
    mine = [[f"own_{number}_{turn}" for turn in range(2)] for number in range(CLIENTS)]
    for name in chain(*mine):
        control = {"id": "A", "name": "A", "check_type": "secrets"}
        client.post(CUSTOM, {"key": name, "name": name, "controls": [control]})
    put(client, [])

    def add(number):
        for name in mine[number]:
            status = 412
            while status == 412:
                answer = client.get(FRAMEWORKS)
                wanted = [*enabled(answer), name]
                status = put(client, wanted, answer.headers["ETag"]).status_code

    all_at_once(add)

    assert sorted(enabled(client.get(FRAMEWORKS))) == sorted(chain(*mine))
