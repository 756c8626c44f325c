"""The same thing changed by many at once: one whole write stays, and nothing dangles."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from audit.models import AuditLogSaaS
from compliance.models import CustomFramework, FrameworkSelection, PolicyVersion
from compliance.queries import current_policy, stored_policy
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

ENABLED = "/api/compliance/frameworks/enabled"
CUSTOM = "/api/compliance/custom-frameworks"
PUTS = 20


@pytest.fixture
def key():
    return ApiKeyFactory(membership=MembershipFactory(role="owner", org__plan="enterprise"))


def framework(*ids):
    controls = [{"id": one, "name": one, "check_type": "secrets"} for one in ids]
    return {"key": "own", "name": ids[0], "controls": controls}


def at_once(api_as, key, *requests):
    """The statuses of requests that are sent at the same moment."""
    start = Barrier(len(requests))

    def send(request):
        method, path, body = request
        try:
            start.wait()
            return api_as(key).generic(method, path, *_json(body)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def _json(body):
    return (json.dumps(body), "application/json") if body is not None else ()


def test_s37_of_twenty_selections_at_once_one_is_kept_whole(api_as, key):
    whole = [["soc2", "owasp"], ["pcidss", "nist_csf"], ["iso27001", "hipaa", "soc2"], []]
    sent = [("PUT", ENABLED, {"keys": whole[number % 4]}) for number in range(PUTS)]

    statuses = at_once(api_as, key, *sent)

    assert statuses == [200] * PUTS
    assert FrameworkSelection.objects.of(key.org).get().keys in whole
    assert current_policy(key.org) == stored_policy(key.org)
    entries = AuditLogSaaS.objects.of(key.org).filter(action="COMPLIANCE_FRAMEWORKS_UPDATED")
    assert entries.count() == PUTS


@pytest.mark.parametrize("attempt", range(3))
def test_s37_no_selection_keeps_a_framework_that_was_deleted_meanwhile(api_as, key, attempt):
    api_as(key).post(CUSTOM, framework("A"), format="json")

    put, deleted = at_once(
        api_as,
        key,
        ("PUT", ENABLED, {"keys": ["soc2", "own"]}),
        ("DELETE", f"{CUSTOM}/own", None),
    )

    assert (put in (200, 400), deleted) == (True, 200)
    assert "own" not in (stored_policy(key.org).enabled or ())


def test_s37_of_many_first_pushes_of_one_key_one_is_kept_whole(api_as, key):
    bodies = [framework(f"{name}-1", f"{name}-2") for name in "ABCD"]

    statuses = at_once(api_as, key, *(("POST", CUSTOM, body) for body in bodies))

    (row,) = CustomFramework.objects.of(key.org)
    assert statuses == [200] * 4
    assert [one["id"] for one in row.controls] in [
        [one["id"] for one in body["controls"]] for body in bodies
    ]
    assert PolicyVersion.objects.of(key.org).last() is not None
