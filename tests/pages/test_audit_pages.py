"""The audit log's page and its exports."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.domain.actions import ACTIONS
from audit.models import AuditLogSaaS
from audit.services import SYSTEM, make_checkpoints
from audit.verify import BrokenLogError, check_export
from tests.compliance.builders import enable, save_framework
from tests.factories import OrganizationFactory
from tests.pages.addresses import member_of
from tests.pages.reading import read

pytestmark = pytest.mark.django_db

LOG = "/dashboard/audit-logs"
CSV, JSONL = f"{LOG}/export.csv", f"{LOG}/export.jsonl"
NOON = datetime(2026, 4, 26, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def organization():
    return OrganizationFactory(plan="team")


@pytest.fixture
def viewer(organization, page_as):
    return page_as(member_of(organization, "viewer"))


@pytest.fixture
def entry(organization):
    """Write an entry of the organization."""

    def write(action="SIGN_IN", **fields):
        values = {"org": organization.pk, "actor_email": "ada@example.com", "created_at": NOON}
        return AuditLogSaaS.objects.create(**{"action": action, **values, **fields})

    return write


@pytest.fixture
def exports():
    """How many exports the log knows of."""
    return lambda: AuditLogSaaS.objects.filter(action="AUDIT_LOG_EXPORTED").count()


def codes_of(answer):
    """The codes on the page, without what the factories' rows left in the log."""
    return [shown.code for shown in answer.context["entries"] if shown.actor != SYSTEM]


def body_of(answer):
    return b"".join(answer.streaming_content).decode()


def records_of(answer):
    return list(csv.DictReader(io.StringIO(body_of(answer).removeprefix("\ufeff"), newline="")))


def test_the_log_is_the_organizations_own_newest_first(viewer, entry):
    entry("PLAN_CHANGED")
    entry("SIGN_IN", org=OrganizationFactory().pk)
    entry("API_KEY_CREATED")

    assert codes_of(viewer.get(LOG)) == ["API_KEY_CREATED", "PLAN_CHANGED"]


def test_an_entry_says_who_when_and_from_where(viewer, entry):
    entry("API_KEY_CREATED", ip="203.0.113.7", user_agent="curl/8", metadata={"key_name": "ci"})

    said = read(viewer.get(LOG)).section("entries").text

    assert "26 Apr 2026, 12:00 UTC" in said
    assert "ada@example.com 203.0.113.7" in said
    assert "API key created: ci API_KEY_CREATED" in said
    assert "curl/8" in said


def test_before_and_after_are_shown_as_what_went_and_what_came(viewer, organization):
    enable(organization, ["soc2", "owasp"])
    enable(organization, ["soc2", "pcidss"])

    page = read(viewer.get(LOG, {"action": "COMPLIANCE_FRAMEWORKS_UPDATED"}))

    newest = next(iter(page.all("details")))
    assert [one.text for one in newest.all("del")] == ["owasp"]
    assert [one.text for one in newest.all("ins")] == ["pcidss"]


def test_s19_what_a_stranger_wrote_is_shown_as_it_is(viewer, entry):
    entry(actor_email='"><img src=x onerror=alert(1)>', user_agent="<script>alert(1)</script>")

    page = viewer.get(LOG).content.decode()

    assert "<img src=x" not in page
    assert "<script>alert" not in page


def test_an_entry_of_a_model_that_is_gone_is_still_shown(viewer, entry):
    change = {"model": "old.thing", "label": "A", "verb": "deleted", "before": {"x": 1}}
    entry(metadata={"changes": [change, {}]})

    assert "old.thing A: deleted" in read(viewer.get(LOG)).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "SIGN_OUT"}, ["SIGN_OUT"]),
        ({"actor": "EVE@example.com"}, ["PLAN_CHANGED"]),
        ({"from": "2026-04-27"}, ["SIGN_OUT", "PLAN_CHANGED"]),
        ({"to": "2026-04-26"}, ["SIGN_IN"]),
        ({"from": "2026-04-27", "actor": "ada@example.com"}, ["SIGN_OUT"]),
        (
            {"action": "", "actor": "", "from": "", "to": ""},
            ["SIGN_OUT", "PLAN_CHANGED", "SIGN_IN"],
        ),
    ],
    ids=["action", "actor_in_any_case", "from", "to_with_that_day", "together", "empty"],
)
def test_filters_narrow_the_list_and_the_export_alike(viewer, entry, query, found):
    entry("SIGN_IN")
    entry("PLAN_CHANGED", actor_email="eve@example.com", created_at=NOON + timedelta(days=1))
    entry("SIGN_OUT", created_at=NOON + timedelta(days=2))

    assert codes_of(viewer.get(LOG, query)) == found
    exported = records_of(viewer.post(CSV, query))
    asked = [one["action"] for one in exported if one["actor_email"].endswith("@example.com")]
    assert [code for code in asked if code != "AUDIT_LOG_EXPORTED"] == found


@pytest.mark.parametrize("text", ["nonsense", "2026-13-01", "a\0b"], ids=ascii)
def test_a_date_that_is_none_is_said_at_its_field(viewer, exports, text):
    answer = viewer.get(LOG, {"from": text})

    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"from"}
    assert viewer.post(CSV, {"from": text}).status_code == 400
    assert exports() == 0


def test_an_action_that_the_list_does_not_offer_can_be_asked_for(viewer, entry):
    entry("USER_UPDATED")

    answer = viewer.get(LOG, {"action": "USER_UPDATED"})

    assert codes_of(answer) == ["USER_UPDATED"]
    (chosen,) = read(answer).one("select", name="action").all("option", selected=None)
    assert chosen.attributes["value"] == "USER_UPDATED"


def test_pages_follow_each_other_with_the_filter_kept(viewer, entry):
    for number in range(60):
        entry("SIGN_IN", metadata={"number": number})
        entry("SIGN_OUT")

    first = viewer.get(LOG, {"action": "SIGN_IN"})
    second = viewer.get(first.context["page"].older_url)

    assert (len(codes_of(first)), set(codes_of(second))) == (50, {"SIGN_IN"})
    assert len(codes_of(second)) == 10
    assert second.context["page"].older_url is None


def test_a_page_that_we_did_not_write_is_refused(viewer):
    assert viewer.get(LOG, {"cursor": "nonsense"}).status_code == 400


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_takes_the_same_queries_for_any_number_of_entries(
    viewer, entry, count, django_assert_num_queries
):
    for _ in range(count):
        entry(metadata={"changes": [{"model": "orgs.apikey", "label": "ci", "verb": "created"}]})

    with django_assert_num_queries(5):  # session, user, memberships, the page, the checkpoint
        viewer.get(LOG)


# Exports


def test_s21_a_csv_is_a_file_with_every_field_and_no_formula(viewer, entry):
    entry(user_agent="=1+1", ip="203.0.113.7", metadata={"name": 'A "quoted", name'})

    answer = viewer.post(CSV, {"action": "SIGN_IN"})

    (record,) = records_of(answer)
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    assert record["user_agent"] == "'=1+1"
    assert record["created_at"] == "2026-04-26T12:00:00Z"
    assert json.loads(record["metadata"]) == {"name": 'A "quoted", name'}


def lines_of(answer):
    return [json.loads(line) for line in body_of(answer).splitlines()]


def test_the_whole_log_as_json_lines_can_be_verified(viewer, organization, entry):
    save_framework(organization)
    make_checkpoints(now=NOON)
    entry("API_KEY_CREATED")

    answer = viewer.post(JSONL, {"action": ""})

    body = body_of(answer)
    assert answer["Content-Type"] == "application/x-ndjson"
    assert "hold together" in check_export(body.splitlines())
    about, *others = map(json.loads, body.splitlines())
    assert (about["audit_log"]["complete"], about["audit_log"]["org"]) == (True, organization.pk)
    assert [one["checkpoint"]["public_key"] for one in others if "checkpoint" in one] != []
    assert others[-1]["action"] == "AUDIT_LOG_EXPORTED"


def test_filtered_json_lines_are_what_the_api_answers_and_each_verifies(
    viewer, api_as, organization, entry
):
    entry("API_KEY_CREATED", metadata={"key": "cpl"}, ip="203.0.113.7")
    save_framework(organization)
    make_checkpoints(now=NOON)
    api = api_as(member_of(organization, "viewer"))

    body = body_of(viewer.post(JSONL, {"from": "2026-04-01"}))

    about, checkpoint, *lines = map(json.loads, body.splitlines())
    answered = api.get("/api/audit-logs", {"from": "2026-04-01"}).json()["results"]
    names = answered[0].keys() - {"created_at"}  # there always with six digits
    assert [[line[name] for name in names] for line in lines] == [
        [row[name] for name in names] for row in answered
    ]
    assert about["audit_log"]["filters"] == {"from": "2026-04-01"}
    assert not about["audit_log"]["complete"]
    assert checkpoint.keys() == {"checkpoint"}
    assert check_export(body.splitlines()).startswith(f"{len(lines)} entries hold each by itself")


def test_a_changed_entry_of_a_filtered_export_is_found(viewer, entry):
    entry("API_KEY_CREATED")
    entry("API_KEY_REVOKED")

    body = body_of(viewer.post(JSONL, {"action": "API_KEY_REVOKED"}))

    with pytest.raises(BrokenLogError, match="is not what was recorded"):
        check_export(body.replace("ada@", "eve@").splitlines())


def test_the_page_says_up_to_where_the_log_is_verified_and_signed(viewer, organization, entry):
    entry()
    assert "No entry has been signed yet" in read(viewer.get(LOG)).text

    signed = make_checkpoints(now=NOON)

    (made,) = (one for one in signed if one.org == organization.pk)
    said = read(viewer.get(LOG)).text
    assert f"signed up to entry {made.last_seq} on 26 Apr 2026, 12:00 UTC" in said
    assert made.key_id in said


def test_the_verifier_can_be_taken_along(viewer):
    answer = viewer.get(f"{LOG}/verify.py")

    assert answer["Content-Disposition"] == 'attachment; filename="verify.py"'
    assert answer.content == (ROOT / "audit/verify.py").read_bytes()


def test_an_export_is_recorded_with_its_form_and_filters(viewer, organization, log):
    viewer.post(JSONL, {"action": "SIGN_IN", "to": "", "csrfmiddlewaretoken": "x", "other": "y"})

    assert log() == [("AUDIT_LOG_EXPORTED", organization.pk)]
    assert AuditLogSaaS.objects.get(action="AUDIT_LOG_EXPORTED").metadata == {
        "format": "jsonl",
        "filters": {"action": "SIGN_IN"},
        "changes": [],
    }


def test_an_export_reads_in_batches_and_leaves_nothing_out(
    viewer, entry, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("audit.queries._BATCH", 4)
    for _ in range(10):
        entry()
    answer = viewer.post(CSV, {"action": "SIGN_IN"})

    with django_assert_num_queries(4):  # 4, 4, 2 and none
        assert len(records_of(answer)) == 10


@pytest.mark.parametrize("query", [{}, {"action": "SIGN_IN"}], ids=["whole", "filtered"])
def test_json_lines_are_read_in_batches_too(viewer, entry, monkeypatch, query):
    monkeypatch.setattr("audit.chains._BATCH", 4)
    for _ in range(10):
        entry()

    lines = lines_of(viewer.post(JSONL, query))

    assert [line["action"] for line in lines if "action" in line].count("SIGN_IN") == 10


@pytest.mark.parametrize("url", [CSV, JSONL])
def test_an_export_leaves_an_entry_and_so_is_no_link(viewer, url, exports):
    assert viewer.get(url).status_code == 405
    assert exports() == 0


@pytest.mark.parametrize("url", [CSV, JSONL])
def test_a_form_from_another_site_exports_nothing(organization, page_as, url, exports):
    browser = page_as(member_of(organization, "owner"), enforce_csrf_checks=True)

    assert browser.post(url).status_code == 403
    assert exports() == 0


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get(LOG)["Location"] == f"/login?next={LOG}"
    assert client.post(CSV)["Location"].startswith("/login")


# The codes


def test_the_filter_offers_the_codes_that_are_documented():
    table = (ROOT / "docs/audit-log.md").read_text("utf-8").split("## Action codes")[1]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)

    assert sorted(ACTIONS) == sorted(documented)
