import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from audit.models import AuditLogSaaS
from codestax.common.acts import act
from orgs.models import Organization
from scans.models import Repository
from tests.audit.conftest import answering

pytestmark = pytest.mark.django_db


def rename(repository, name="renamed"):
    repository.name = name
    repository.save()


def rename_and_fail(repository):
    rename(repository)
    raise ZeroDivisionError


def test_an_act_is_one_entry_with_actor_address_agent_and_change(user, repository, new_entries):
    entries = new_entries()

    with (
        answering(user=user, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="curl/8.5"),
        act("REPOSITORY_UPDATED", organization_id=repository.org_id, reason="renamed"),
    ):
        rename(repository)

    (entry,) = entries()
    assert (entry.action, entry.org) == ("REPOSITORY_UPDATED", repository.org_id)
    assert (entry.actor_email, entry.ip) == ("ada@acme.example", "192.0.2.7")
    assert entry.user_agent == "curl/8.5"
    assert entry.metadata == {
        "reason": "renamed",
        "changes": [
            {
                "model": "scans.repository",
                "id": repository.pk,
                "label": "renamed",
                "verb": "updated",
                "before": {"name": "checkout-service"},
                "after": {"name": "renamed"},
            }
        ],
    }


def test_an_act_that_changes_nothing_is_an_entry_too(organization, new_entries):
    entries = new_entries()

    with act("COMPLIANCE_FRAMEWORKS_UPDATED", organization_id=organization.pk, keys=["soc2"]):
        pass

    (entry,) = entries()
    assert entry.metadata == {"keys": ["soc2"], "changes": []}


def test_nested_acts_are_one_entry_under_the_outer_name(repository, new_entries):
    entries = new_entries()

    with act("REPOSITORY_IMPORTED", organization_id=repository.org_id):
        rename(repository)
        with act("REPOSITORY_UPDATED", organization_id=repository.org_id, step="inner"):
            rename(repository, "twice")

    (entry,) = entries()
    assert entry.action == "REPOSITORY_IMPORTED"
    assert entry.metadata["step"] == "inner"
    assert [change["after"]["name"] for change in entry.metadata["changes"]] == ["renamed", "twice"]


def test_s30_an_act_that_fails_leaves_no_entry_and_no_change(repository, new_entries):
    entries = new_entries()

    with (
        pytest.raises(ZeroDivisionError),
        act("REPOSITORY_UPDATED", organization_id=repository.org_id),
    ):
        rename_and_fail(repository)

    repository.refresh_from_db()
    assert entries() == []
    assert repository.name == "checkout-service"


def test_s30_a_change_that_a_savepoint_took_back_is_not_in_the_entry(repository, new_entries):
    entries = new_entries()

    with act("REPOSITORY_UPDATED", organization_id=repository.org_id):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            rename_and_fail(repository)
        repository.default_branch = "trunk"
        repository.save(update_fields=["default_branch"])

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert change["after"] == {"default_branch": "trunk"}


@pytest.mark.django_db(transaction=True)
def test_s30_when_the_entry_cannot_be_written_the_act_is_undone(repository, log_that_refuses):
    with (
        log_that_refuses(),
        pytest.raises(IntegrityError),
        act("REPOSITORY_UPDATED", organization_id=repository.org_id),
    ):
        rename(repository)

    repository.refresh_from_db()
    assert repository.name == "checkout-service"


@pytest.mark.django_db(transaction=True)
def test_s30_when_the_entry_cannot_be_written_a_plain_save_is_undone(repository, log_that_refuses):
    with log_that_refuses(), pytest.raises(IntegrityError):
        rename(repository)

    repository.refresh_from_db()
    assert repository.name == "checkout-service"


@pytest.mark.django_db(transaction=True)
def test_s30_when_the_entry_cannot_be_written_a_plain_create_is_undone(
    organization, log_that_refuses
):
    with log_that_refuses(), pytest.raises(IntegrityError):
        Repository.objects.create(org=organization, name="new")

    assert not Repository.objects.filter(name="new").exists()


@pytest.mark.django_db(transaction=True)
def test_s30_when_the_entry_cannot_be_written_a_plain_delete_is_undone(
    repository, log_that_refuses
):
    with log_that_refuses(), pytest.raises(IntegrityError):
        repository.delete()

    assert Repository.objects.filter(name="checkout-service").exists()


@pytest.mark.django_db(transaction=True)
def test_a_raw_save_needs_a_transaction_of_its_own(organization):
    organization.name = "Other"

    # The way that fixtures are loaded; it passes the model's own save by.
    with pytest.raises(transaction.TransactionManagementError, match="atomic"):
        Model.save_base(organization, raw=True)

    organization.refresh_from_db()
    assert organization.name == "Acme"


def test_without_a_request_the_actor_is_the_system(repository, new_entries):
    entries = new_entries()

    rename(repository)

    (entry,) = entries()
    assert (entry.actor_email, entry.ip, entry.user_agent) == ("system", None, "")
    assert (entry.action, entry.org) == ("REPOSITORY_UPDATED", repository.org_id)


def test_a_request_without_a_user_is_anonymous(organization, new_entries):
    entries = new_entries()

    with answering(), act("SIGN_UP", organization_id=organization.pk):
        pass

    assert [entry.actor_email for entry in entries()] == ["anonymous"]


def test_an_act_that_names_its_actor_is_believed_on_one_line(organization, new_entries):
    entries = new_entries()
    typed = "eve@acme.example\r\nFAKE ENTRY\x1b[2J\x00" + "x" * 500

    with answering(), act("SIGN_IN_FAILED", organization_id=None, actor_email=typed):
        pass

    (entry,) = entries()
    assert entry.actor_email.startswith("eve@acme.example\ufffd\ufffdFAKE ENTRY")
    assert len(entry.actor_email) == 254
    assert entry.actor_email.isprintable()


def test_behind_an_api_key_stand_its_user_and_its_prefix(user, api_key, repository, new_entries):
    entries = new_entries()

    with (
        answering(user=user, auth=SimpleNamespace(key=api_key)),
        act("REPOSITORY_UPDATED", organization_id=repository.org_id),
    ):
        rename(repository)

    (entry,) = entries()
    assert entry.actor_email == "ada@acme.example"
    assert entry.metadata["api_key"] == "cpl_live_Ab12Cd34Ef"


def test_a_token_leaves_no_key_in_the_entry(user, organization, new_entries):
    entries = new_entries()

    with (
        answering(user=user, auth=SimpleNamespace(key=None)),
        act("REPOSITORY_UPDATED", organization_id=organization.pk),
    ):
        pass

    assert entries()[0].metadata == {"changes": []}


def test_an_act_of_the_admin_says_so_and_finds_its_organization(user, repository, new_entries):
    entries = new_entries()

    with (
        answering(user=user, path="/admin/scans/repository/1/change/"),
        act("ADMIN_CHANGED", organization_id=None),
    ):
        rename(repository)

    (entry,) = entries()
    assert (entry.org, entry.metadata["via"]) == (repository.org_id, "admin")


def test_an_act_over_two_organizations_belongs_to_neither(repository, new_entries):
    other = Organization.objects.create(name="Other", slug="other")
    theirs = Repository.objects.create(org=other, name="theirs")
    entries = new_entries()

    with act("ADMIN_CHANGED", organization_id=None):
        rename(repository)
        rename(theirs)

    assert [entry.org for entry in entries()] == [None]


def test_metadata_is_stored_as_plain_json(organization, new_entries):
    entries = new_entries()
    moment = datetime(2026, 4, 26, 12, tzinfo=UTC)

    with act("ANY", organization_id=organization.pk, at=moment, text="a\x00b\ud800", ids={7}):
        pass

    stored = AuditLogSaaS.objects.get(pk=entries()[0].pk).metadata
    assert stored["at"] == "2026-04-26T12:00:00+00:00"
    assert (stored["text"], stored["ids"]) == ("ab?", [7])
    assert json.dumps(stored)
