import pytest
from django.db import IntegrityError, transaction

from compliance import services
from compliance.domain.catalog import CATALOG_VERSION
from compliance.models import PolicyVersion
from compliance.queries import current_policy, stored_policy
from orgs.domain.plans import Plan
from orgs.services.organizations import change_plan
from tests.compliance.builders import enable, save_framework, sent_control


def versions_of(organization):
    return list(PolicyVersion.objects.of(organization).order_by("pk"))


def test_a_new_organization_has_a_policy(organization):
    (version,) = versions_of(organization)

    assert version.document == {
        "catalog_version": CATALOG_VERSION,
        "plan": "team",
        "enabled": None,
        "disabled": {},
        "custom": [],
    }


def test_a_new_plan_is_a_new_policy(organization):
    enable(organization, ["soc2"])

    change_plan(organization=organization, plan=Plan.ENTERPRISE)

    newest = versions_of(organization)[-1].document
    assert (newest["plan"], newest["enabled"]) == ("enterprise", ["soc2"])


def test_a_save_that_changes_no_plan_writes_no_policy(organization):
    organization.name = "Renamed"
    organization.save()
    organization.save(update_fields=["name"])

    assert len(versions_of(organization)) == 1


def test_a_plan_changed_by_a_plain_save_is_a_new_policy(organization):
    organization.plan = "free"
    organization.save()

    assert current_policy(organization).plan == "free"


def test_each_change_writes_one_whole_policy(organization):
    changes = [
        lambda: enable(organization, ["soc2"]),
        lambda: services.set_disabled_controls(
            organization=organization, framework_key="soc2", disabled=["CC8.1"]
        ),
        lambda: save_framework(organization, "own", sent_control("A")),
        lambda: services.delete_custom_framework(organization=organization, key="own"),
        lambda: enable(organization, None),
    ]

    for change in changes:
        change()

    documents = [version.document for version in versions_of(organization)]
    assert [document["enabled"] for document in documents] == [
        None,
        ["soc2"],
        ["soc2"],
        ["soc2", "own"],
        ["soc2"],
        None,
    ]
    assert [len(document["custom"]) for document in documents] == [0, 0, 0, 1, 0, 0]
    assert documents[-1]["disabled"] == {"soc2": ["CC8.1"]}


def test_a_refused_change_writes_no_policy(organization):
    with pytest.raises(services.DomainError):
        enable(organization, ["soc2", "xyz"])

    assert len(versions_of(organization)) == 1


def test_the_policy_in_force_is_what_the_tables_hold(organization):
    save_framework(organization, "own", sent_control("A"), sent_control("B"))
    services.set_disabled_controls(organization=organization, framework_key="own", disabled=["B"])
    enable(organization, ["own", "soc2"])

    assert current_policy(organization) == stored_policy(organization)


def test_an_organization_loaded_without_signals_has_its_policy_from_the_tables(organization):
    PolicyVersion.objects.of(organization).delete()

    assert current_policy(organization) == stored_policy(organization)


def test_a_change_counts_in_every_process_at_once(organization):
    before = current_policy(organization)
    version = PolicyVersion.objects.create(
        org=organization, document=versions_of(organization)[-1].document | {"enabled": ["owasp"]}
    )

    assert before.enabled is None
    assert current_policy(organization).enabled == ("owasp",)
    assert str(version) == f"Policy {version.pk}"


def test_one_organizations_policy_is_not_anothers(organization, stranger):
    enable(organization, ["soc2"])

    assert stranger.get("/api/compliance/frameworks").json()["enabled_keys"] is None


@pytest.mark.parametrize(
    "change",
    [
        lambda version: version.save(),
        lambda version: PolicyVersion.objects.update(document={}),
    ],
    ids=["save", "update"],
)
def test_a_version_is_never_changed(organization, change):
    (version,) = versions_of(organization)
    version.document = {}

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(version)

    assert versions_of(organization)[0].document["plan"] == "team"


def test_versions_go_with_their_organization(organization):
    organization.delete()

    assert not PolicyVersion.objects.exists()
