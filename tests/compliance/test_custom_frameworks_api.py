import pytest
from django.utils.dateparse import parse_datetime

from compliance.models import ControlSelection, CustomFramework
from compliance.queries import current_policy
from compliance.services import MAX_CUSTOM_FRAMEWORKS
from tests.compliance.builders import (
    enable,
    enabled_keys,
    save_framework,
    sent_control,
    sent_framework,
)

URL = "/api/compliance/custom-frameworks"
OWN = f"{URL}/internal_sec"
OWN_CONTROLS = "/api/compliance/frameworks/internal_sec/controls"


def test_a_framework_is_saved_and_answered(admin):
    answer = admin.post(URL, sent_framework())

    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Framework saved",
        "key": "internal_sec",
        "name": "Internal Security Policy",
    }


def test_the_list_has_the_documented_fields(admin):
    admin.post(URL, sent_framework(description="Ours."))

    answer = admin.get(URL).json()

    assert set(answer) == {"frameworks"}
    entry = answer["frameworks"][0]
    assert parse_datetime(entry.pop("created_at")).utcoffset().total_seconds() == 0
    assert entry == {
        "id": CustomFramework.objects.get().pk,
        "key": "internal_sec",
        "name": "Internal Security Policy",
        "description": "Ours.",
        "controls": [sent_control()],
    }


def test_the_body_of_a_grc_tool_is_enough(admin):
    controls = [
        {
            "id": f"ACME-{number}",
            "name": f"Control {number}",
            "category": "Operations",
            "check_type": "scan_recency",
            "pass_condition": "scanned_within_7_days",
        }
        for number in range(3)
    ]

    answer = admin.post(URL, {"name": "Acme GRC", "key": "acme_grc", "controls": controls})

    assert answer.json() == {"message": "Framework saved", "key": "acme_grc", "name": "Acme GRC"}
    stored = admin.get(URL).json()["frameworks"][0]
    assert stored["description"] == ""
    assert stored["controls"] == [control | {"description": ""} for control in controls]


def test_what_is_left_out_of_a_control_has_defaults(admin):
    control = {"id": "C", "name": "Control", "check_type": "quality_gates"}

    admin.post(URL, {"name": "Own", "key": "own", "controls": [control]})

    assert admin.get(URL).json()["frameworks"][0]["controls"] == [
        control
        | {"category": "General", "description": "", "pass_condition": "quality_gate_passed"}
    ]


def test_a_framework_can_be_pushed_again_and_is_replaced(admin):
    admin.post(URL, sent_framework())
    before = admin.get(URL).json()["frameworks"][0]

    admin.post(URL, sent_framework("internal_sec", sent_control("ISP-2"), name="Renamed"))

    (after,) = admin.get(URL).json()["frameworks"]
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
    assert (after["name"], after["controls"]) == ("Renamed", [sent_control("ISP-2")])


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        (["soc2"], ["soc2", "internal_sec"]),
        ([], ["internal_sec"]),
        (None, None),
    ],
)
def test_saving_adds_the_key_to_an_explicit_selection(admin, organization, selected, expected):
    enable(organization, selected)

    admin.post(URL, sent_framework())

    assert enabled_keys(organization) == expected


def test_replacing_does_not_add_the_key_twice(admin, organization):
    enable(organization, ["soc2"])
    admin.post(URL, sent_framework())

    admin.post(URL, sent_framework())

    assert enabled_keys(organization) == ["soc2", "internal_sec"]


def test_replacing_selects_a_framework_that_was_switched_off(admin, organization):
    admin.post(URL, sent_framework())
    enable(organization, ["soc2"])

    admin.post(URL, sent_framework())

    assert enabled_keys(organization) == ["soc2", "internal_sec"]


def test_replacing_drops_disabled_ids_that_are_gone(admin, organization):
    save_framework(organization, "internal_sec", *(sent_control(each) for each in "ABC"))
    admin.put(OWN_CONTROLS, {"disabled": ["C", "A"]})

    admin.post(URL, sent_framework("internal_sec", sent_control("B"), sent_control("C")))

    assert current_policy(organization).disabled == {"internal_sec": ("C",)}


def test_a_framework_is_deleted(admin):
    admin.post(URL, sent_framework())

    answer = admin.delete(OWN)

    assert (answer.status_code, answer.json()) == (200, {"message": "Framework deleted"})
    assert admin.get(URL).json() == {"frameworks": []}


def test_deleting_leaves_no_stale_reference(admin, organization):
    enable(organization, ["soc2"])
    admin.post(URL, sent_framework())
    admin.put(OWN_CONTROLS, {"disabled": ["ISP-1"]})

    admin.delete(OWN)

    policy = current_policy(organization)
    assert (policy.enabled, policy.disabled, policy.custom) == (("soc2",), {}, ())
    assert not ControlSelection.objects.of(organization).exists()


def test_deleting_the_last_selected_framework_leaves_none(admin, organization):
    enable(organization, [])
    admin.post(URL, sent_framework())

    admin.delete(OWN)

    assert enabled_keys(organization) == []


def test_deleting_keeps_the_default_selection(admin, organization):
    admin.post(URL, sent_framework())

    admin.delete(OWN)

    assert enabled_keys(organization) is None


def test_a_key_that_comes_back_starts_without_disabled_controls(admin, organization):
    admin.post(URL, sent_framework())
    admin.put(OWN_CONTROLS, {"disabled": ["ISP-1"]})
    admin.delete(OWN)

    admin.post(URL, sent_framework())

    assert current_policy(organization).disabled == {}


@pytest.mark.parametrize("key", ["soc2", "hipaa"])
def test_a_built_in_framework_cannot_be_deleted(admin, key):
    answer = admin.delete(f"{URL}/{key}")

    assert answer.status_code == 400
    assert answer.json() == {"detail": f"{key} is a built-in framework and cannot be deleted."}


@pytest.mark.parametrize("key", ["xyz", "%00", "INTERNAL_SEC", "a" * 300])
def test_an_unknown_framework_cannot_be_deleted(admin, key):
    admin.post(URL, sent_framework())

    answer = admin.delete(f"{URL}/{key}")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_another_organizations_framework_cannot_be_deleted(admin, stranger):
    stranger.post(URL, sent_framework())

    assert admin.delete(OWN).status_code == 404
    assert len(stranger.get(URL).json()["frameworks"]) == 1


def test_two_organizations_may_use_the_same_key(admin, stranger):
    stranger.post(URL, sent_framework())

    assert admin.post(URL, sent_framework()).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (sent_framework("soc2"), "key"),
        (sent_framework("hipaa"), "key"),
        (sent_framework("Own"), "key"),
        (sent_framework("o"), "key"),
        (sent_framework("own key"), "key"),
        (sent_framework(None), "key"),
        (sent_framework(name=""), "name"),
        (sent_framework(name="x" * 201), "name"),
        (sent_framework(name="Own\x00"), "name"),
        (sent_framework(description=["x"]), "description"),
        (sent_framework(controls=[]), "controls"),
        (sent_framework(controls={}), "controls"),
        (sent_framework(controls=["ISP-1"]), "controls[0]"),
        (sent_framework("own", sent_control(), sent_control()), "controls[1].id"),
        (sent_framework("own", sent_control(check_type="magic")), "controls[0].check_type"),
        (sent_framework("own", sent_control(pass_condition="?")), "controls[0].pass_condition"),
        ({}, "key"),
    ],
)
def test_a_framework_that_breaks_a_rule_is_refused_with_its_field(admin, body, field):
    answer = admin.post(URL, body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert not CustomFramework.objects.exists()


def test_an_unknown_check_type_lists_what_is_valid(admin):
    answer = admin.post(URL, sent_framework("own", sent_control(check_type="magic")))

    assert "secrets, sast_security, sast_crypto, sast_auth, scan_recency" in answer.json()["detail"]


@pytest.mark.parametrize("body", ["[]", "null", "1", '"own"', "{", "\ufeff{}"])
def test_a_body_that_is_no_object_is_refused(admin, body):
    answer = admin.post(URL, body, content_type="application/json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


def test_s38_ten_thousand_controls_are_refused(admin):
    body = sent_framework("own", *(sent_control(f"C-{number}") for number in range(10_000)))

    assert admin.post(URL, body).status_code == 400


def test_s38_an_organization_has_a_limited_number_of_custom_frameworks(
    admin, organization, monkeypatch
):
    monkeypatch.setattr("compliance.services.MAX_CUSTOM_FRAMEWORKS", 2)
    save_framework(organization, "first")
    save_framework(organization, "second")

    answer = admin.post(URL, sent_framework("third"))

    assert answer.status_code == 400
    assert answer.json() == {"detail": "An organization can have at most 2 custom frameworks."}
    assert admin.post(URL, sent_framework("second")).status_code == 200


def test_s38_the_limit_is_a_hundred():
    assert MAX_CUSTOM_FRAMEWORKS == 100


def test_fields_of_the_row_cannot_be_sent(admin, organization):
    admin.post(
        URL, sent_framework(id=1, org=99, org_id=99, custom=False, created_at="2001-01-01T00:00Z")
    )

    row = CustomFramework.objects.get()
    assert row.org == organization
    assert row.created_at.year > 2001
