from datetime import UTC, datetime

import pytest
from django.urls import reverse

from audit.models import AuditLogSaaS
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db
URL = reverse("api:audit-log-list")


@pytest.fixture
def auditor():
    return MembershipFactory(role="viewer")


@pytest.fixture
def log(auditor):
    """Write an entry of the auditor's organization."""

    def write(action="ANY", actor="ada@acme.example", at=None, org=None, **fields):
        return AuditLogSaaS.objects.create(
            org=org or auditor.org_id,
            action=action,
            actor_email=actor,
            created_at=at or datetime(2020, 4, 26, 12, tzinfo=UTC),
            **fields,
        )

    return write


@pytest.fixture
def ask(api_as, auditor):
    """The ids that the list gives for a query, without what the fixtures' own rows made."""
    client = api_as(auditor)

    def get(query=""):
        response = client.get(f"{URL}?to=2022-01-01&{query}")  # of two `to` the last one counts
        assert response.status_code == 200, response.json()
        return [entry["id"] for entry in response.json()["results"]]

    return get


def test_an_entry_has_the_documented_fields(api_as, auditor, log):
    entry = log("PLAN_CHANGED", ip="192.0.2.7", user_agent="curl/8.5", metadata={"plan": "team"})

    answer = api_as(auditor).get(URL, {"action": "PLAN_CHANGED"}).json()

    assert answer == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": entry.pk,
                "action": "PLAN_CHANGED",
                "actor_email": "ada@acme.example",
                "ip": "192.0.2.7",
                "user_agent": "curl/8.5",
                "metadata": {"plan": "team"},
                "created_at": "2020-04-26T12:00:00Z",
            }
        ],
    }


def test_the_newest_entry_comes_first(ask, log):
    first, second, third = log(), log(), log()

    assert ask() == [third.pk, second.pk, first.pk]


def test_an_api_key_of_a_viewer_reads_the_log(api_as, auditor):
    response = api_as(ApiKeyFactory(membership=auditor)).get(URL)

    assert response.status_code == 200


def test_strangers_read_nothing(anonymous):
    assert anonymous.get(URL).status_code == 401


def test_others_entries_and_those_of_nobody_are_never_shown(ask, log):
    theirs = OrganizationFactory()
    log(org=theirs.pk)
    AuditLogSaaS.objects.create(
        action="ANY", actor_email="system", created_at=datetime(2020, 1, 1, tzinfo=UTC)
    )

    assert ask() == []
    assert ask(f"org={theirs.pk}&org_id={theirs.pk}") == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_the_log_over_the_api(api_as, method):
    owner = MembershipFactory(role="owner")

    assert getattr(api_as(owner), method)(URL, {}).status_code == 405


ENTRIES = {
    "early": ("API_KEY_CREATED", "ada@acme.example", datetime(2020, 4, 25, 23, 59, 59, tzinfo=UTC)),
    "noon": ("API_KEY_REVOKED", "ada+ci@acme.example", datetime(2020, 4, 26, 12, tzinfo=UTC)),
    "late": ("API_KEY_CREATED", "Bob@acme.example", datetime(2020, 4, 26, 23, 59, 59, tzinfo=UTC)),
    "next": ("PLAN_CHANGED", "system", datetime(2020, 4, 27, tzinfo=UTC)),
}
FILTERS = [
    ("", ["next", "late", "noon", "early"]),
    ("action=API_KEY_CREATED", ["late", "early"]),
    ("action=api_key_created", []),
    ("action=UNKNOWN", []),
    ("action=", ["next", "late", "noon", "early"]),
    ("actor=bob@ACME.example", ["late"]),
    ("actor=acme.example", []),
    ("actor=ada%2Bci@acme.example", ["noon"]),
    ("actor=ada+ci@acme.example", ["noon"]),
    ("from=2020-04-26&to=2020-04-26", ["late", "noon"]),
    ("from=2020-04-26T12:00:00&to=2020-04-26T12:00:00Z", ["noon"]),
    ("from=2020-04-26T14:00:00%2B02:00&to=2020-04-26", ["late", "noon"]),
    ("from=2020-04-26T14:00:00+02:00&to=2020-04-26", ["late", "noon"]),
    ("from=2020-04-26T14:00:01+02:00&to=2020-04-26", ["late"]),
    ("from=2020-04-27&to=2020-04-26", []),
    ("action=API_KEY_CREATED&from=2020-04-26&actor=bob@acme.example", ["late"]),
    ("action=API_KEY_CREATED&from=2020-04-26&actor=ada@acme.example", []),
    ("unknown=1", ["next", "late", "noon", "early"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[query for query, _ in FILTERS])
def test_filters_narrow_the_list_and_combine(ask, log, query, expected):
    ids = {log(action, actor, at).pk: name for name, (action, actor, at) in ENTRIES.items()}

    assert [ids[found] for found in ask(query)] == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2020-02-30", "to"),
        ("to=9999-12-31", "to"),
        ("from=0001-01-01T00:00:00%2B05:00", "from"),
        ("from=2020-04-26%00", "from"),
        ("actor=%00", "actor"),
        ("action=%00", "action"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=nonsense", "cursor"),
    ],
)
def test_a_bad_value_is_refused_with_the_fields_name(api_as, auditor, query, field):
    response = api_as(auditor).get(f"{URL}?{query}")

    assert response.status_code == 400
    assert response.json()["detail"].startswith(f"{field}: ")
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_pages_neither_repeat_nor_skip_while_entries_are_added(api_as, auditor, log):
    written = [log("PAGED").pk for _ in range(5)]
    client = api_as(auditor)

    first = client.get(URL, {"action": "PAGED", "limit": 2}).json()
    log("PAGED")
    second = client.get(first["next"]).json()
    log("PAGED")
    third = client.get(second["next"]).json()

    seen = [entry["id"] for page in (first, second, third) for entry in page["results"]]
    assert seen == written[::-1]
    assert third["next"] is None


@pytest.mark.parametrize("size", [1, 20])
def test_the_list_takes_the_same_queries_for_any_size(
    api_as, auditor, log, size, django_assert_num_queries
):
    for _ in range(size):
        log("COUNTED")
    client = api_as(auditor)

    with django_assert_num_queries(3):  # the sign-in, the membership, the page
        answer = client.get(URL, {"action": "COUNTED"}).json()

    assert len(answer["results"]) == size
