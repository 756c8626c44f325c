import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from audit.signals import AUDITED_FIELDS
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection
from orgs.models import ApiKey, Membership, Organization, User
from scans.models import Repository, Scan

pytestmark = pytest.mark.django_db


def control(number, **fields):
    return {
        "id": f"C-{number}",
        "name": f"Control {number}",
        "check_type": "secrets",
        "pass_condition": "no_critical_secrets",
    } | fields


@pytest.fixture
def framework(organization):
    return CustomFramework.objects.create(
        org=organization, key="internal", name="Internal", controls=[control(1), control(2)]
    )


def test_a_save_that_changes_nothing_audited_leaves_no_entry(repository, new_entries):
    entries = new_entries()

    repository.save()

    assert entries() == []


def test_a_save_of_other_fields_asks_nothing(user, new_entries, django_assert_num_queries):
    entries = new_entries()
    user.last_login = datetime(2026, 4, 26, tzinfo=UTC)

    with django_assert_num_queries(1):  # the update alone
        user.save(update_fields=["last_login"])

    assert entries() == []


def test_only_what_was_saved_is_recorded(repository, new_entries):
    entries = new_entries()
    repository.name, repository.default_branch = "unsaved", "trunk"

    repository.save(update_fields=["default_branch"])

    (change,) = entries()[0].metadata["changes"]
    assert change["before"] == {"default_branch": "main"}
    assert change["after"] == {"default_branch": "trunk"}


def test_before_is_what_the_database_held_and_not_what_was_loaded(repository, new_entries):
    stale = Repository.objects.get(pk=repository.pk)
    repository.name = "second"
    repository.save()
    entries = new_entries()

    stale.name = "third"
    stale.save()

    (change,) = entries()[0].metadata["changes"]
    assert change["before"] == {"name": "second"}


def test_s27_of_a_password_only_that_it_changed(user, new_entries):
    entries = new_entries()

    user.set_password("correct horse battery staple")
    user.save()

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert (change["before"], change["after"]) == ({}, {"password": "changed"})
    assert entry.action == "USER_UPDATED"


@pytest.fixture
def support():
    return Group.objects.create(name="Support")


def test_a_group_given_and_taken_is_recorded(user, support, new_entries):
    entries = new_entries()

    user.groups.add(support)
    user.groups.clear()

    found = [entry.metadata["changes"][0] for entry in entries()]
    assert [(change["before"], change["after"]) for change in found] == [
        ({"groups": []}, {"groups": ["Support"]}),
        ({"groups": ["Support"]}, {"groups": []}),
    ]


def test_a_group_given_twice_is_one_change(user, support, new_entries):
    user.groups.add(support)
    entries = new_entries()

    user.groups.add(support)

    assert entries() == []


def test_a_group_given_from_its_own_side_is_recorded(user, support, new_entries):
    entries = new_entries()

    support.user_set.add(user)

    (entry,) = entries()
    assert entry.action == "GROUP_UPDATED"
    assert entry.metadata["changes"][0]["after"] == {"user_set": ["ada@acme.example"]}


def test_s27_a_keys_digest_is_in_no_entry(api_key, new_entries):
    entries = new_entries()
    api_key.name = "renamed"

    api_key.save()
    api_key.delete()

    written = json.dumps([entry.metadata for entry in entries()])
    assert "digest" not in written
    assert "cpl_live_Ab12Cd34Ef" in written


SECRETS = {"password", "digest", "token_version", "evidence", "refresh_jti"}


@pytest.mark.parametrize("model", AUDITED_FIELDS, ids=lambda model: model.__name__)
def test_s27_no_secret_and_no_evidence_is_an_audited_field(model):
    assert SECRETS.isdisjoint(AUDITED_FIELDS[model])


def test_a_member_is_named_by_email(membership, new_entries):
    entries = new_entries()
    membership.role = "viewer"

    membership.save()

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert (entry.action, change["label"]) == ("MEMBER_ROLE_CHANGED", "ada@acme.example")
    assert (change["before"], change["after"]) == ({"role": "admin"}, {"role": "viewer"})


def test_a_new_row_is_recorded_with_all_its_audited_fields(organization, user, new_entries):
    entries = new_entries()

    Membership.objects.create(org=organization, user=user, role="viewer")

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert (entry.action, change["verb"], change["before"]) == ("MEMBER_ADDED", "created", {})
    assert change["after"] == {"user": "ada@acme.example", "role": "viewer"}


def test_an_upload_to_a_scan_is_no_change_of_it(repository, new_entries):
    scan = Scan.objects.create(org=repository.org, repository=repository, branch="main")
    entries = new_entries()
    scan.status, scan.lines_of_code = Scan.Status.FAILED, 1

    scan.save()

    assert entries() == []


def test_of_a_custom_frameworks_controls_only_the_changed_ones_are_listed(framework, new_entries):
    entries = new_entries()
    framework.controls = [control(1), control(2, name="Renamed"), control(3)]

    framework.save()

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert entry.action == "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"
    assert change["before"] == {"controls": {"C-2": "Control 2: secrets no_critical_secrets"}}
    assert change["after"] == {
        "controls": {
            "C-2": "Renamed: secrets no_critical_secrets",
            "C-3": "Control 3: secrets no_critical_secrets",
        }
    }


def test_of_many_controls_the_first_two_hundred_are_listed(framework, new_entries):
    entries = new_entries()
    framework.controls = [control(number) for number in range(500)]

    framework.save()

    listed = entries()[0].metadata["changes"][0]["after"]["controls"]
    assert len(listed) == 201
    assert listed["…"] == "298 more"


def create_selection(organization):
    FrameworkSelection.objects.create(org=organization, keys=["soc2"])


def disable_control(organization):
    ControlSelection.objects.create(org=organization, framework_key="soc2", disabled=["CC8.1"])


def create_framework(organization):
    CustomFramework.objects.create(org=organization, key="internal", name="Internal")


def create_and_delete_framework(organization):
    CustomFramework.objects.create(org=organization, key="internal", name="Internal").delete()


def upgrade(organization):
    organization.plan = "enterprise"
    organization.save()


def rename(organization):
    organization.name = "Acme Ltd"
    organization.save()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (create_selection, "COMPLIANCE_FRAMEWORKS_UPDATED"),
        (disable_control, "COMPLIANCE_CONTROLS_UPDATED"),
        (create_framework, "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"),
        (create_and_delete_framework, "COMPLIANCE_CUSTOM_FRAMEWORK_DELETED"),
        (upgrade, "PLAN_CHANGED"),
        (rename, "ORGANIZATION_UPDATED"),
    ],
)
def test_a_change_outside_any_act_has_the_code_of_its_kind(organization, new_entries, change, code):
    entries = new_entries()

    change(organization)

    last = entries()[-1]
    assert (last.action, last.org) == (code, organization.pk)


def test_a_revoked_key_has_a_code_of_its_own(api_key, new_entries):
    entries = new_entries()
    api_key.revoked_at = datetime(2026, 4, 26, tzinfo=UTC)

    api_key.save(update_fields=["revoked_at"])

    (entry,) = entries()
    assert entry.action == "API_KEY_REVOKED"
    assert entry.metadata["changes"][0]["after"] == {"revoked_at": "2026-04-26T00:00:00+00:00"}


def test_s27_every_audited_field_exists():
    missing = [
        (model.__name__, field)
        for model, fields in AUDITED_FIELDS.items()
        for field in fields
        if not hasattr(model, field)
    ]

    assert missing == []
    assert {Organization, User, ApiKey} <= AUDITED_FIELDS.keys()
