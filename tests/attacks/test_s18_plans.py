"""A framework that the plan does not include, asked for in every way there is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from compliance.models import CustomFramework, FrameworkSelection
from orgs.domain.plans import Plan
from orgs.services.organizations import change_plan
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db

ENABLED = "/api/compliance/frameworks/enabled"
CUSTOM = "/api/compliance/custom-frameworks"


@pytest.fixture
def member():
    return MembershipFactory(role="owner", org__plan="team")


@pytest.fixture
def api(api_as, member):
    return api_as(ApiKeyFactory(membership=member))


@pytest.mark.parametrize(
    "key",
    [
        "HIPAA",
        " hipaa",
        "hipaa ",
        "hipaa\t",
        "hip\u0430a",  # a Cyrillic a
        "\uff48\uff49\uff50\uff41\uff41",
        "hipa\u0061\u0301",
        "hipaa\u200b",
        "h\u0131paa",
        "",
    ],
    ids=ascii,
)
def test_s18_what_only_looks_like_a_framework_is_unknown(api, member, key):
    answer = api.put(ENABLED, {"keys": ["soc2", key]}, format="json")

    assert answer.status_code == 400
    assert not FrameworkSelection.objects.of(member.org).exists()


@pytest.mark.parametrize("key", ["hipaa", "soc2", "HIPAA", " hipaa", "hip\u0430a", "hipaa\u200b"])
def test_s18_no_framework_of_ones_own_takes_a_built_in_ones_name(api, member, key):
    control = {"id": "A", "name": "A", "check_type": "secrets"}

    answer = api.post(CUSTOM, {"key": key, "name": "x", "controls": [control]}, format="json")

    assert answer.status_code == 400
    assert not CustomFramework.objects.of(member.org).exists()


def test_s18_null_is_every_framework_of_the_plan_and_no_other(api):
    api.put(ENABLED, {"keys": None}, format="json")

    available = api.get("/api/compliance/frameworks").json()["available"]

    enabled = {one["key"] for one in available if one["enabled"]}
    assert enabled == {one["key"] for one in available if not one["plan_locked"]}
    assert "hipaa" not in enabled


def sent_at_once(*sends):
    def run(send):
        try:
            return send()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(run, sends))


@pytest.mark.django_db(transaction=True)
def test_s18_who_races_an_upgrade_gets_the_old_plan_or_the_new_one(api_as, member):
    key = ApiKeyFactory(membership=member)

    def select():
        return api_as(key).put(ENABLED, {"keys": ["hipaa"]}, format="json").status_code

    def upgrade():
        change_plan(organization=member.org, plan=Plan.ENTERPRISE)

    first, _, second = sent_at_once(select, upgrade, select)

    saved = FrameworkSelection.objects.of(member.org).filter(keys=["hipaa"]).exists()
    assert {first, second} <= {200, 402}
    assert saved == (200 in (first, second))
