import json

import pytest

from audit.models import AuditLogSaaS
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection, PolicyVersion
from compliance.queries import current_policy
from tests.compliance.builders import enable, enabled_keys, save_framework, sent_control
from tests.factories import UserFactory

ADMIN = "/admin/compliance"


@pytest.fixture
def staff(client, organization):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def actions(organization):
    """The codes of the entries written since the last look, oldest first."""
    seen = set(AuditLogSaaS.objects.values_list("pk", flat=True))

    def read():
        entries = AuditLogSaaS.objects.filter(org=organization.pk).exclude(pk__in=seen)
        return list(entries.order_by("id").values_list("action", flat=True))

    return read


def framework_form(organization, **fields):
    return {
        "org": organization.pk,
        "key": "own",
        "name": "Own",
        "description": "",
        "controls": json.dumps([{"id": "A", "name": "A", "check_type": "secrets"}]),
    } | fields


def errors_of(answer):
    return dict(answer.context["adminform"].form.errors)


@pytest.mark.parametrize(
    "model", ["customframework", "frameworkselection", "controlselection", "policyversion"]
)
def test_every_list_opens(staff, organization, model):
    save_framework(organization)
    enable(organization, ["soc2"])

    assert staff.get(f"{ADMIN}/{model}/?q=organization").status_code == 200


def test_a_framework_is_added_as_by_the_api(staff, organization, actions):
    enable(organization, ["soc2"])

    answer = staff.post(f"{ADMIN}/customframework/add/", framework_form(organization))

    assert answer.status_code == 302
    assert current_policy(organization).custom[0].controls[0].pass_condition == "no_high_secrets"
    assert enabled_keys(organization) == ["soc2", "own"]
    assert actions()[-1] == "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"


def test_a_framework_is_replaced_under_its_key(staff, organization, actions):
    row = save_framework(organization, "own", sent_control("A"), sent_control("B"))
    url = f"{ADMIN}/customframework/{row.pk}/change/"
    form = framework_form(organization, name="Renamed", key="other")

    answer = staff.post(url, form)

    row.refresh_from_db()
    assert (answer.status_code, row.key, row.name) == (302, "own", "Renamed")
    assert [control["id"] for control in row.controls] == ["A"]
    assert actions()[-1] == "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": "soc2"}, "key"),
        ({"key": "Own"}, "key"),
        ({"controls": "[]"}, "controls"),
        ({"controls": "{"}, "controls"),
        ({"controls": '[{"id": "A"}]'}, "controls"),
        ({"name": ""}, "name"),
        ({"org": ""}, "org"),
    ],
)
def test_a_framework_that_breaks_a_rule_is_shown_with_its_errors(
    staff, organization, actions, fields, field
):
    answer = staff.post(f"{ADMIN}/customframework/add/", framework_form(organization, **fields))

    assert field in errors_of(answer)
    assert not CustomFramework.objects.exists()
    assert actions() == []


def test_a_faulty_key_does_not_matter_where_it_is_fixed(staff, organization):
    row = save_framework(organization, "own")

    answer = staff.post(
        f"{ADMIN}/customframework/{row.pk}/change/", framework_form(organization, controls="[]")
    )

    assert list(errors_of(answer)) == ["controls"]


def test_a_framework_is_deleted_with_its_references(staff, organization, actions):
    enable(organization, [])
    row = save_framework(organization, "own")

    staff.post(f"{ADMIN}/customframework/{row.pk}/delete/", {"post": "yes"})

    assert enabled_keys(organization) == []
    assert current_policy(organization).custom == ()
    assert actions()[-1] == "COMPLIANCE_CUSTOM_FRAMEWORK_DELETED"


def test_several_frameworks_are_deleted_each_with_its_references(staff, organization):
    enable(organization, ["soc2"])
    rows = [save_framework(organization, key) for key in ("one", "other")]

    staff.post(
        f"{ADMIN}/customframework/",
        {
            "action": "delete_selected",
            "_selected_action": [row.pk for row in rows],
            "post": "yes",
        },
    )

    assert enabled_keys(organization) == ["soc2"]
    assert current_policy(organization).custom == ()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"keys": "owasp,soc2"}, ["owasp", "soc2"]),
        ({"keys": ""}, []),
        ({"keys": "soc2", "everything": "on"}, None),
    ],
)
def test_a_selection_is_saved_as_by_the_api(staff, organization, actions, form, expected):
    staff.post(f"{ADMIN}/frameworkselection/add/", {"org": organization.pk} | form)

    assert FrameworkSelection.objects.of(organization).get().keys == expected
    assert enabled_keys(organization) == expected
    assert actions()[-1] == "COMPLIANCE_FRAMEWORKS_UPDATED"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("soc2,xyz", "Unknown framework: xyz"),
        ("hipaa", "Framework &#x27;hipaa&#x27; requires the Enterprise plan"),
    ],
)
def test_a_selection_that_is_not_permitted_is_refused(staff, organization, keys, sentence):
    enable(organization, ["soc2"])
    row = FrameworkSelection.objects.of(organization).get()

    answer = staff.post(f"{ADMIN}/frameworkselection/{row.pk}/change/", {"keys": keys})

    assert sentence in answer.content.decode()
    assert enabled_keys(organization) == ["soc2"]


def test_a_selections_form_shows_what_is_saved(staff, organization):
    enable(organization, ["soc2", "owasp"])
    row = FrameworkSelection.objects.of(organization).get()

    page = staff.get(f"{ADMIN}/frameworkselection/{row.pk}/change/").content.decode()

    assert 'value="soc2,owasp"' in page
    assert "checked" not in page


def test_disabled_controls_are_saved_as_by_the_api(staff, organization, actions):
    form = {"org": organization.pk, "framework_key": "soc2", "disabled": "CC8.1,CC2.1"}

    staff.post(f"{ADMIN}/controlselection/add/", form)

    assert ControlSelection.objects.of(organization).get().disabled == ["CC8.1", "CC2.1"]
    assert current_policy(organization).disabled == {"soc2": ("CC8.1", "CC2.1")}
    assert actions()[-1] == "COMPLIANCE_CONTROLS_UPDATED"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"framework_key": "xyz"}, "Unknown framework: xyz"),
        ({"disabled": "CC8.1,CC99.9"}, "Unknown control: CC99.9"),
        ({"framework_key": ""}, "This field is required."),
        ({"org": ""}, "This field is required."),
    ],
)
def test_disabled_controls_that_are_unknown_are_refused(staff, organization, fields, sentence):
    form = {"org": organization.pk, "framework_key": "soc2", "disabled": "CC8.1"} | fields

    answer = staff.post(f"{ADMIN}/controlselection/add/", form)

    assert sentence in answer.content.decode()
    assert not ControlSelection.objects.exists()


def test_nobody_deletes_a_selection(staff, organization):
    enable(organization, ["soc2"])
    row = FrameworkSelection.objects.of(organization).get()

    assert staff.post(f"{ADMIN}/frameworkselection/{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize("act", ["add", "{pk}/delete"])
def test_nobody_adds_or_deletes_a_policy_version(staff, organization, act):
    version = PolicyVersion.objects.of(organization).get()

    url = f"{ADMIN}/policyversion/{act.format(pk=version.pk)}/"

    assert staff.post(url, {"post": "yes"}).status_code == 403


def test_a_policy_version_can_be_looked_at_and_not_changed(staff, organization):
    version = PolicyVersion.objects.of(organization).get()
    url = f"{ADMIN}/policyversion/{version.pk}/change/"

    assert staff.get(url).status_code == 200
    assert staff.post(url, {"document": "{}"}).status_code == 403
