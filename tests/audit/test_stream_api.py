"""`GET /api/audit/stream`: the log as OCSF events, without a gap and without a repetition."""

import json

import pytest

from audit.domain.actions import ACTIONS
from audit.domain.chain import moment_text
from audit.domain.ocsf import ocsf_event
from audit.models import AuditLogSaaS
from tests.audit.logs import AT, ORG, write
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
URL = "/api/audit/stream"


@pytest.fixture
def viewer():
    return MembershipFactory(role="viewer")


@pytest.fixture
def ask(api_as, viewer):
    """The events of a page, and the cursor of the next."""
    client = api_as(viewer)

    def get(**query):
        answer = client.get(URL, query)
        assert answer.status_code == 200, answer.content
        events = [json.loads(line) for line in answer.content.decode().splitlines()]
        return events, int(answer["Next-Cursor"])

    return get


def test_an_event_has_the_fields_of_ocsf(ask, viewer):
    _, cursor = ask()
    write(org=viewer.org_id)
    entry = AuditLogSaaS.objects.latest("id")

    (event,), _ = ask(after=cursor)

    assert event == {
        "category_uid": 3,
        "category_name": "Identity & Access Management",
        "class_uid": 3002,
        "class_name": "Authentication",
        "activity_id": 1,
        "activity_name": "Logon",
        "type_uid": 300201,
        "time": 1777204800000,
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1,
        "status": "Success",
        "actor": {"user": {"email_addr": "user0@acme.example"}},
        "user": {"email_addr": "user0@acme.example"},
        "src_endpoint": {"ip": "203.0.113.7"},
        "http_request": {"user_agent": "curl/8.5"},
        "metadata": {
            "uid": str(entry.seq),
            "sequence": entry.seq,
            "event_code": "SIGN_IN",
            "version": "1.3.0",
            "product": {"name": "CodeStax Compliance", "vendor_name": "CodeStax"},
            "log_name": "audit",
            "tenant_uid": str(viewer.org_id),
        },
        "unmapped": {
            "metadata": {"number": 0, "changes": []},
            "hash": bytes(entry.hash).hex(),
        },
    }


def event_of(action, **metadata):
    record = {"org": ORG, "seq": 1, "action": action, "actor_email": "a@b.example", "ip": None}
    record |= {"user_agent": "", "metadata": metadata, "hash": "", "created_at": moment_text(AT)}
    return ocsf_event(record)


@pytest.mark.parametrize(
    ("action", "type_uid", "status"),
    [
        ("SIGN_IN", 300201, "Success"),
        ("SIGN_IN_FAILED", 300201, "Failure"),
        ("SIGN_OUT", 300202, "Success"),
        ("MEMBER_ADDED", 300101, "Success"),
        ("PASSWORD_CHANGED", 300103, "Success"),
        ("PASSWORD_RESET", 300104, "Success"),
        ("MEMBER_REMOVED", 300106, "Success"),
        ("MEMBER_ROLE_CHANGED", 300199, "Success"),
        ("API_KEY_CREATED", 600301, "Success"),
        ("AUDIT_LOG_EXPORTED", 600302, "Success"),
        ("PLAN_CHANGED", 600303, "Success"),
        ("API_KEY_REVOKED", 600304, "Success"),
        ("SCAN_FAILED", 600399, "Failure"),
    ],
)
def test_each_code_is_a_class_and_an_activity(action, type_uid, status):
    event = event_of(action)

    assert (event["type_uid"], event["status"]) == (type_uid, status)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_code_names_its_operation_or_whom_it_happened_to(action):
    event = event_of(action, member="eve@b.example")

    assert event.get("api") == {"operation": action} or event["user"] in (
        {"email_addr": "eve@b.example"},
    )
    assert event["actor"] == {"user": {"email_addr": "a@b.example"}}
    assert event["src_endpoint"] == {"name": "internal"}


def test_pages_follow_each_other_by_the_cursor(ask, viewer):
    write(7, org=viewer.org_id)
    everything, end = ask()

    seen, cursor = [], 0
    for _ in range(len(everything)):
        page, cursor = ask(after=cursor, limit=3)
        seen += page

    assert seen == everything
    assert [event["metadata"]["sequence"] for event in seen] == [*range(1, len(seen) + 1)]
    assert cursor == end == int(everything[-1]["metadata"]["uid"])


def test_where_nothing_is_new_the_cursor_stays(ask):
    _, cursor = ask()

    assert ask(after=cursor) == ([], cursor)
    assert ask(after=cursor + 100) == ([], cursor + 100)


def test_others_entries_and_those_of_nobody_are_never_in_it(ask, viewer):
    write(3, org=ORG)
    write(3, org=None)

    events, _ = ask()

    assert {event["metadata"]["tenant_uid"] for event in events} == {str(viewer.org_id)}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("after=9223372036854775808", "after"),
        ("after=%00", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=1.5", "limit"),
    ],
)
def test_a_bad_value_is_refused_with_the_fields_name(api_as, viewer, query, field):
    answer = api_as(viewer).get(f"{URL}?{query}")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{field}: ")


def test_a_page_is_never_stored_by_what_is_between(api_as, viewer):
    answer = api_as(viewer).get(URL)

    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_page_takes_the_same_queries_for_any_size(ask, viewer, django_assert_num_queries):
    write(20, org=viewer.org_id)

    with django_assert_num_queries(3):  # the sign-in, the membership, the page
        ask()
