import pytest

from scans.models import Repository, Scan

pytestmark = pytest.mark.django_db


def test_a_deleted_row_is_recorded_with_what_it_held(repository, new_entries):
    entries, number = new_entries(), repository.pk

    repository.delete()

    (entry,) = entries()
    (change,) = entry.metadata["changes"]
    assert (entry.action, change["id"], change["after"]) == ("REPOSITORY_DELETED", number, {})
    assert change["before"] == {
        "name": "checkout-service",
        "default_branch": "main",
        "languages": [],
    }


def test_scans_that_go_with_their_repository_are_counted(repository, new_entries):
    for commit in ("a1", "b2", "c3"):
        Scan.objects.create(org=repository.org, repository=repository, branch="main", commit=commit)
    entries = new_entries()

    repository.delete()

    (entry,) = entries()
    assert entry.metadata["changes"][0]["cascade"] == {"scans.scan": 3}


def test_all_that_goes_with_an_organization_is_counted(repository, api_key, new_entries):
    organization = repository.org
    entries, number = new_entries(), organization.pk

    organization.delete()

    (entry,) = entries()
    assert (entry.action, entry.org) == ("ORGANIZATION_DELETED", number)
    assert entry.metadata["changes"][0]["cascade"] == {
        "orgs.apikey": 1,
        "orgs.membership": 1,
        "scans.repository": 1,
    }


def test_repositories_deleted_together_have_an_entry_each(repository, new_entries):
    other = Repository.objects.create(org=repository.org, name="other")
    Scan.objects.create(org=repository.org, repository=other, branch="main")
    entries = new_entries()

    Repository.objects.of(repository.org).delete()

    found = [entry.metadata["changes"][0] for entry in entries()]
    assert {change["label"] for change in found} == {"checkout-service", "other"}
    assert [change["cascade"] for change in found if "cascade" in change] == [{"scans.scan": 1}]


def test_each_organization_sees_that_a_deleted_user_left(user, api_key, new_entries):
    entries, organization = new_entries(), api_key.org_id

    user.delete()

    found = {(entry.action, entry.org) for entry in entries()}
    assert found == {
        ("API_KEY_DELETED", organization),
        ("MEMBER_REMOVED", organization),
        ("USER_DELETED", None),
    }
