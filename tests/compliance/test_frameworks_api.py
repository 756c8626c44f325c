import pytest

from compliance.models import FrameworkSelection, PolicyVersion
from orgs.domain.plans import Plan
from orgs.services.organizations import change_plan
from tests.compliance.builders import BUILTIN_KEYS, enable, enabled_keys, save_framework

LIST = "/api/compliance/frameworks"
ENABLED = "/api/compliance/frameworks/enabled"
UPGRADE = {
    "detail": {
        "error": "plan_upgrade_required",
        "message": "Framework 'hipaa' requires the Enterprise plan",
        "framework_key": "hipaa",
        "current_plan": "team",
        "required_plan": "enterprise",
    }
}


def entry_of(client, key):
    return next(entry for entry in client.get(LIST).json()["available"] if entry["key"] == key)


def put(client, keys):
    return client.put(ENABLED, {"keys": keys})


def test_the_list_has_the_documented_fields(viewer):
    answer = viewer.get(LIST).json()

    assert set(answer) == {"available", "enabled_keys", "default_all_enabled", "frameworks"}
    assert answer["available"][0] == {
        "key": "soc2",
        "name": "SOC 2 Type II",
        "description": "Service Organization Controls",
        "control_count": 15,
        "custom": False,
        "enabled": True,
        "requires_plan": None,
        "plan_locked": False,
    }


def test_the_legacy_list_has_the_fields_from_before_selections(viewer):
    answer = viewer.get(LIST).json()

    assert answer["frameworks"][0] == {
        "key": "soc2",
        "name": "SOC 2 Type II",
        "description": "Service Organization Controls",
        "control_count": 15,
        "custom": False,
    }
    assert [entry["key"] for entry in answer["frameworks"]] == BUILTIN_KEYS


def test_built_ins_come_in_catalog_order_and_then_custom_ones_by_name(viewer, organization):
    save_framework(organization, "last", name="Zebra")
    save_framework(organization, "first", name="aardvark")

    keys = [entry["key"] for entry in viewer.get(LIST).json()["available"]]

    assert keys == ["soc2", "iso27001", "owasp", "pcidss", "hipaa", "nist_csf", "first", "last"]


def test_a_framework_above_the_plan_is_locked_and_off(viewer):
    assert entry_of(viewer, "hipaa") == {
        "key": "hipaa",
        "name": "HIPAA",
        "description": "Health Information Privacy",
        "control_count": 6,
        "custom": False,
        "enabled": False,
        "requires_plan": "enterprise",
        "plan_locked": True,
    }


def test_without_a_selection_every_permitted_framework_is_on(viewer):
    answer = viewer.get(LIST).json()

    assert (answer["enabled_keys"], answer["default_all_enabled"]) == (None, True)
    assert [entry["key"] for entry in answer["available"] if not entry["enabled"]] == ["hipaa"]


def test_a_selection_is_saved_and_answered(admin):
    answer = put(admin, ["soc2", "owasp", "pcidss"])

    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Enabled frameworks updated",
        "enabled_keys": ["soc2", "owasp", "pcidss"],
        "default_all_enabled": False,
    }
    assert admin.get(LIST).json()["enabled_keys"] == ["soc2", "owasp", "pcidss"]


def test_a_selection_keeps_its_order_without_duplicates(admin):
    answer = put(admin, ["pcidss", "soc2", "pcidss"])

    assert answer.json()["enabled_keys"] == ["pcidss", "soc2"]


def test_an_empty_selection_turns_every_framework_off(admin):
    put(admin, [])

    answer = admin.get(LIST).json()
    assert (answer["enabled_keys"], answer["default_all_enabled"]) == ([], False)
    assert not any(entry["enabled"] for entry in answer["available"])


def test_s18_null_goes_back_to_the_default(admin):
    put(admin, ["soc2"])

    answer = put(admin, None)

    assert answer.json() == {
        "message": "Enabled frameworks updated",
        "enabled_keys": None,
        "default_all_enabled": True,
    }
    assert admin.get(LIST).json()["default_all_enabled"] is True


@pytest.mark.parametrize("body", [{}, {"enabled_keys": None}, {"key": []}])
def test_a_body_without_keys_is_refused_and_changes_nothing(admin, organization, body):
    put(admin, ["soc2"])

    answer = admin.put(ENABLED, body)

    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "keys: This field is required.",
        "errors": [{"field": "keys", "message": "This field is required."}],
    }
    assert enabled_keys(organization) == ["soc2"]


@pytest.mark.parametrize(
    "keys",
    [
        "soc2",
        1,
        True,
        {},
        {"soc2": True},
        [1],
        [None],
        [["soc2"]],
        [{}],
        [True],
        [""],
        ["soc2\x00"],
        ["x" * 65],
        ["soc2"] * 201,
    ],
    ids=repr,
)
def test_anything_but_null_or_a_list_of_keys_is_refused(admin, keys):
    answer = put(admin, keys)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("keys")


def test_half_a_surrogate_pair_is_refused(admin):
    answer = admin.put(ENABLED, '{"keys": ["\\ud800"]}', content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("body", ["[]", "null", '"soc2"', "1", "{", "{'keys': null}", ""])
def test_a_body_that_is_no_object_is_refused(admin, body):
    answer = admin.put(ENABLED, body, content_type="application/json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "key", ["xyz", "HIPAA", " hipaa", "hipaa ", "h\u0456paa", "SOC2", "owasp_2021", "soc2,owasp"]
)
def test_an_unknown_key_is_named(admin, organization, key):
    answer = put(admin, ["soc2", key, "another"])

    assert (answer.status_code, answer.json()) == (400, {"detail": f"Unknown framework: {key}"})
    assert enabled_keys(organization) is None


@pytest.mark.parametrize("keys", [["hipaa"], ["soc2", "owasp", "hipaa", "pcidss", "nist_csf"]])
def test_s18_a_framework_above_the_plan_asks_for_an_upgrade(admin, organization, keys):
    answer = put(admin, keys)

    assert (answer.status_code, answer.json()) == (402, UPGRADE)
    assert not FrameworkSelection.objects.of(organization).exists()
    assert PolicyVersion.objects.of(organization).count() == 1


def test_s18_an_unknown_key_comes_before_the_upgrade(admin):
    assert put(admin, ["hipaa", "xyz"]).status_code == 400


def test_an_enterprise_selects_what_a_team_may_not(admin, organization):
    change_plan(organization=organization, plan=Plan.ENTERPRISE)

    answer = put(admin, ["hipaa"])

    assert answer.json()["enabled_keys"] == ["hipaa"]
    assert entry_of(admin, "hipaa")["enabled"] is True


def test_s18_after_a_downgrade_the_selection_stays_and_the_framework_is_locked(admin, organization):
    change_plan(organization=organization, plan=Plan.ENTERPRISE)
    put(admin, ["soc2", "hipaa"])
    change_plan(organization=organization, plan=Plan.TEAM)

    answer = admin.get(LIST).json()
    hipaa = entry_of(admin, "hipaa")

    assert answer["enabled_keys"] == ["soc2", "hipaa"]
    assert (hipaa["enabled"], hipaa["plan_locked"]) == (False, True)
    assert put(admin, answer["enabled_keys"]).json() == UPGRADE


def test_a_custom_framework_can_be_selected(admin, organization):
    save_framework(organization)

    assert put(admin, ["internal_sec"]).json()["enabled_keys"] == ["internal_sec"]
    assert entry_of(admin, "internal_sec")["custom"] is True


def test_another_organizations_framework_is_unknown(admin, stranger):
    theirs = {"name": "Theirs", "key": "theirs", "controls": [{"id": "T", "name": "T"}]}
    theirs["controls"][0]["check_type"] = "secrets"
    stranger.post("/api/compliance/custom-frameworks", theirs)

    assert put(admin, ["theirs"]).json() == {"detail": "Unknown framework: theirs"}


def test_s4_unknown_fields_are_ignored(admin, organization):
    admin.put(ENABLED, {"keys": ["soc2"], "plan": "enterprise", "org_id": 1})

    organization.refresh_from_db()
    assert organization.plan == "team"
    assert enabled_keys(organization) == ["soc2"]


def test_a_trailing_slash_is_the_same_path(admin):
    assert admin.put(f"{ENABLED}/", {"keys": ["soc2"]}).status_code == 200


def test_enabling_what_exists_already_keeps_one_row(organization):
    enable(organization, ["soc2"])
    enable(organization, ["owasp"])

    assert FrameworkSelection.objects.of(organization).get().keys == ["owasp"]
