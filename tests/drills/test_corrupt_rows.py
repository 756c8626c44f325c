"""R23: rows that no service would write. Pages and scores still answer, and the doctor lists them.

The rows are put in by SQL, past all services, as a bad restore or a hand in the database would.
"""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from compliance.models import CustomFramework
from orgs.domain.roles import Role
from tests.pages.test_tenants_pages import KEYWORDS, ROUTES
from tests.test_tenants import OPERATIONS, path_of
from tests.worlds import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

READS = [operation for operation in OPERATIONS if operation.method == "GET"]
CUSTOM = "/api/compliance/custom-frameworks"
_SELECTION = "UPDATE compliance_frameworkselection SET keys = %s WHERE org_id = %s"
_CONTROLS = "UPDATE compliance_customframework SET controls = %s WHERE org_id = %s"
_EVIDENCE = "UPDATE scans_scan SET evidence = %s WHERE org_id = %s AND evidence IS NOT NULL"
_FINDING = "UPDATE scans_finding SET {} = %s WHERE org_id = %s"
_POLICY = (
    "INSERT INTO compliance_policyversion (document, org_id, created_at) VALUES (%s, %s, now())"
)
_NO_RULE = json.dumps(
    [
        {
            "id": "X-1",
            "name": "One",
            "category": "",
            "description": "",
            "check_type": "astrology",
            "pass_condition": "no_retrograde_planets",
        }
    ]
)
_LOST = "the version of its policy in force is missing or cannot be read"

# What was done to the organization's rows: the statement, its value, and what the doctor says.
DAMAGES = {
    "an enabled framework that does not exist": (
        _SELECTION,
        ["soc2", "gone"],
        "it enables a framework that does not exist",
    ),
    "not applicable controls that do not exist": (
        "UPDATE compliance_controlselection SET disabled = %s WHERE org_id = %s",
        ["X-1", "X-99"],
        "it marks controls Not Applicable that do not exist",
    ),
    "not applicable controls of a framework that does not exist": (
        "INSERT INTO compliance_controlselection (framework_key, disabled, updated_at, org_id) "
        "VALUES ('gone', %s, now(), %s)",
        ["X-1"],
        "it marks controls Not Applicable that do not exist",
    ),
    "controls that are no list": (_CONTROLS, '{"X-1": 1}', "its controls cannot be read"),
    "controls that are numbers": (_CONTROLS, "[1, 2]", "its controls cannot be read"),
    "controls that are nothing": (_CONTROLS, "null", "its controls cannot be read"),
    "a control of a kind that does not exist": (
        _CONTROLS,
        _NO_RULE,
        "its controls cannot be read",
    ),
    "evidence that is no JSON": (_EVIDENCE, '{"scanned_at"', "the evidence cannot be read"),
    "evidence that is another document": (_EVIDENCE, "[]", "the evidence cannot be read"),
    "evidence of a kind that does not exist": (
        _EVIDENCE,
        '{"scanned_at":"2026-04-26T12:00:00Z","findings":[["astrology","cosmic",[],3]]}',
        "the evidence cannot be read",
    ),
    "a policy that is another document": (_POLICY, "[]", _LOST),
    "a policy of another form": (_POLICY, '{"plan": 7}', _LOST),
    "a policy with a control of a kind that does not exist": (
        _POLICY,
        '{"catalog_version": "1", "plan": "team", "custom": [{"key": "own", "name": "Own", '
        f'"description": "", "controls": {_NO_RULE}}}]}}',
        _LOST,
    ),
    "a policy that its tables know nothing of": (
        _POLICY,
        '{"catalog_version": "1", "plan": "team", "enabled": ["soc2", "gone"]}',
        "its policy in force is not what its selections and frameworks say",
    ),
    "a finding with no rule": (_FINDING.format("rule_id"), "", "it has no rule"),
    "a finding of a kind that does not exist": (
        _FINDING.format("check_type"),
        "astrology",
        "it has no rule",
    ),
    "a finding of a severity that does not exist": (
        _FINDING.format("severity"),
        "cosmic",
        "it has no rule",
    ),
    "a finding of a scan that does not exist": (
        _FINDING.format("opened_scan_id"),
        999_999_999,
        "the scan that it names does not exist",
    ),
}

DAMAGED_DECISIONS = [name for name, (_, _, said) in DAMAGES.items() if "controls" in said]
DAMAGED_DECISIONS += [name for name, (_, _, said) in DAMAGES.items() if "policy" in said]
ESSENTIAL = (
    "read_score",
    "read_trend",
    "list_frameworks",
    "list_custom_frameworks",
    "dashboard",
    "dashboard-repo",
    "dashboard-frameworks",
)


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture(scope="module")
def world(rows_of_the_module):
    return World("damaged")


@pytest.fixture
def damage(request, world):
    statement, value, said = DAMAGES[request.param]
    execute(statement, value, world.org.pk)
    return said


def doctor():
    printed = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=printed)
    return printed.getvalue()


def addresses(world):
    """Every page of the dashboard."""
    return {
        name: reverse(name, kwargs={part: KEYWORDS[part](world) for part in parts})
        for name, parts in ROUTES.items()
        if name.startswith("dashboard") and "settings" not in name
    }


@pytest.mark.parametrize("damage", DAMAGES, indirect=True)
def test_r23_pages_and_scores_answer_and_the_doctor_lists_the_row(api_as, world, damage):
    owner = world.members[Role.OWNER]
    client, browser = api_as(owner), Client()
    browser.force_login(owner.user)

    answers = {operation.name: client.get(path_of(operation, world)) for operation in READS}
    answers |= {name: browser.get(address) for name, address in addresses(world).items()}

    assert {name for name, answer in answers.items() if answer.status_code >= 500} == set()
    assert {answers[name].status_code for name in ESSENTIAL} == {200}
    assert damage in doctor()


@pytest.mark.parametrize("damage", DAMAGED_DECISIONS, indirect=True)
def test_r23_what_an_admin_saves_again_is_taken(api_as, world, damage):
    client = api_as(world.members[Role.OWNER])
    control = {"id": "X-1", "name": "One", "check_type": "secrets"}

    answers = [
        client.post(CUSTOM, {"key": world.framework, "name": "New", "controls": [control]}),
        client.put("/api/compliance/frameworks/enabled", {"keys": ["soc2", world.framework]}),
        client.delete(f"{CUSTOM}/{world.framework}"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize("controls", ['{"X-1": 1}', "[1, 2]", "null", _NO_RULE])
def test_r23_a_framework_that_cannot_be_read_can_be_deleted(api_as, world, controls):
    execute(_CONTROLS, controls, world.org.pk)

    deleted = api_as(world.key).delete(f"{CUSTOM}/{world.framework}")

    assert deleted.status_code == 200
    assert not CustomFramework.objects.of(world.org).exists()


def test_r23_evidence_that_cannot_be_read_is_no_pass(api_as, world):
    execute(_EVIDENCE, "{", world.org.pk)

    score = api_as(world.key).get(f"/api/compliance/score/{world.repository.pk}").json()

    assert score["executive_summary"]["overall_score"] == 0
    assert score["executive_summary"]["posture"] == "Not Assessed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orgs_organization SET plan = 'gold'",
        "UPDATE orgs_membership SET role = 'emperor'",
        "UPDATE orgs_apikey SET role = 'emperor'",
        "UPDATE scans_repository SET name = ''",
        "UPDATE scans_scan SET repository_id = 999999999",
        "DELETE FROM scans_repository",
        "INSERT INTO compliance_frameworkselection (keys, updated_at, org_id) "
        "SELECT keys, updated_at, org_id FROM compliance_frameworkselection",
    ],
)
@pytest.mark.usefixtures("world")
def test_r23_the_database_refuses_what_it_can_see(statement):
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")


def test_r23_the_database_changes_no_version_of_a_policy(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("UPDATE compliance_policyversion SET document = '[]'")
