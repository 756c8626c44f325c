"""/api/repos and /api/repos/{id}: register, read, change, remove."""

import json

import pytest

from audit.models import AuditLogSaaS
from scans.models import Finding, Repository, Scan
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory
from tests.scans.sarif import report, result

pytestmark = pytest.mark.django_db

REPOS = "/api/repos"


@pytest.fixture
def admin():
    return MembershipFactory(role="admin")


@pytest.fixture
def client(api_as, admin):
    return api_as(ApiKeyFactory(membership=admin))


@pytest.fixture
def repository(admin):
    return RepositoryFactory(org=admin.org, name="checkout-service")


def path_of(repository):
    return f"{REPOS}/{repository.pk}"


def escaped(body):
    """JSON in ASCII: so it can hold half a surrogate pair."""
    return {"data": json.dumps(body), "content_type": "application/json"}


def test_a_name_is_enough(client, admin):
    answer = client.post(REPOS, {"name": "checkout-service"})

    repository = Repository.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": repository.pk,
        "name": "checkout-service",
        "default_branch": "main",
        "languages": [],
        "created_at": answer.json()["created_at"],
    }
    assert repository.org == admin.org


def test_all_fields_are_kept_and_read_again(client):
    sent = {"name": "Ünïcode / repo", "default_branch": "trunk", "languages": ["Python", "C#"]}

    made = client.post(REPOS, sent).json()

    assert sent.items() <= made.items()
    assert client.get(f"{REPOS}/{made['id']}").json() == made


def test_surrounding_blanks_are_no_part_of_a_name(client):
    assert client.post(REPOS, {"name": "  web "}).json()["name"] == "web"


def test_fields_of_the_row_cannot_be_sent(client, admin):
    other = MembershipFactory().org

    made = client.post(REPOS, {"name": "x", "id": 999_999, "org": other.pk, "colour": "red"})

    assert made.status_code == 201
    assert Repository.objects.get().org == admin.org
    assert Repository.objects.get().pk != 999_999


FAULTY = [
    ({"name": ""}, "name"),
    ({"name": "   "}, "name"),
    ({"name": None}, "name"),
    ({"name": ["x"]}, "name"),
    ({"name": {}}, "name"),
    ({"name": True}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "a\0b"}, "name"),
    ({"name": "a\ud800b"}, "name"),
    ({"default_branch": ""}, "default_branch"),
    ({"default_branch": None}, "default_branch"),
    ({"default_branch": "b" * 256}, "default_branch"),
    ({"default_branch": "a\0b"}, "default_branch"),
    ({"default_branch": "a\udfffb"}, "default_branch"),
    ({"languages": "Python"}, "languages"),
    ({"languages": None}, "languages"),
    ({"languages": {"a": 1}}, "languages"),
    ({"languages": ["Go", ""]}, "languages"),
    ({"languages": [None]}, "languages"),
    ({"languages": [["Python"]]}, "languages"),
    ({"languages": ["a\0b"]}, "languages"),
    ({"languages": ["x" * 51]}, "languages"),
    ({"languages": ["x"] * 51}, "languages"),
]
FAULT_IDS = [f"{field}-{number}" for number, (_, field) in enumerate(FAULTY)]


@pytest.mark.parametrize(("body", "field"), FAULTY, ids=FAULT_IDS)
def test_a_bad_field_of_a_new_repository_is_named(client, body, field):
    answer = client.post(REPOS, **escaped({"name": "web"} | body))

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(field)
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert Repository.objects.count() == 0


@pytest.mark.parametrize(("body", "field"), FAULTY, ids=FAULT_IDS)
def test_a_bad_field_of_a_change_is_named_and_nothing_changes(client, repository, body, field):
    before = client.get(path_of(repository)).json()

    answer = client.patch(path_of(repository), **escaped({"default_branch": "trunk"} | body))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert client.get(path_of(repository)).json() == before


def test_a_repository_without_a_name_is_refused(client):
    answer = client.post(REPOS, {})

    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "name: This field is required.",
        "errors": [{"field": "name", "message": "This field is required."}],
    }


def test_names_at_their_limits_are_kept(client):
    sent = {"name": "n" * 200, "default_branch": "b" * 255, "languages": ["l" * 50] * 50}

    assert client.post(REPOS, sent).status_code == 201


def test_a_name_that_is_taken_is_refused_and_named(client, repository):
    answer = client.post(REPOS, {"name": repository.name})

    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "name: A repository with this name exists already.",
        "errors": [{"field": "name", "message": "A repository with this name exists already."}],
    }


def test_a_repository_cannot_take_anothers_name(client, admin, repository):
    other = RepositoryFactory(org=admin.org)

    answer = client.patch(path_of(other), {"name": repository.name})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "name"


def test_two_organizations_may_use_the_same_name(client):
    RepositoryFactory(name="web")

    assert client.post(REPOS, {"name": "web"}).status_code == 201


def test_what_a_change_leaves_out_stays(client, repository):
    answer = client.patch(path_of(repository), {"languages": ["Go"]})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["languages"]) == ("checkout-service", ["Go"])
    assert client.get(path_of(repository)).json() == answer.json()


def test_an_empty_change_changes_nothing(client, repository):
    before = client.get(path_of(repository)).json()

    answer = client.patch(path_of(repository), {})

    assert (answer.status_code, answer.json()) == (200, before)


def test_languages_can_be_emptied(client, repository):
    client.patch(path_of(repository), {"languages": ["Go"]})

    assert client.patch(path_of(repository), {"languages": []}).json()["languages"] == []


def test_one_string_of_languages_is_split_at_its_commas(client):
    made = client.post(REPOS, {"name": "web", "languages": ["Python, Go ,"]})

    assert made.json()["languages"] == ["Python", "Go"]


def test_a_deleted_repository_takes_its_scans_along(client, repository):
    kept = RepositoryFactory(org=repository.org)
    for one in (repository, kept):
        client.post(f"{path_of(one)}/scans", report(result()), content_type="application/json")

    answer = client.delete(path_of(repository))

    assert (answer.status_code, answer.json()) == (200, {"message": "Repository deleted"})
    assert client.get(path_of(repository)).status_code == 404
    assert Scan.objects.get().repository == kept
    assert Finding.objects.get().repository == kept


def test_each_change_is_audited_once(client, admin):
    path = f"{REPOS}/{client.post(REPOS, {'name': 'web'}).json()['id']}"
    client.patch(path, {"default_branch": "trunk"})
    client.patch(path, {"default_branch": ""})
    client.delete(path)

    entries = AuditLogSaaS.objects.filter(actor_email=admin.user.email).order_by("id")
    codes = ["REPOSITORY_CREATED", "REPOSITORY_UPDATED", "REPOSITORY_DELETED"]
    assert [entry.action for entry in entries] == codes
    assert {(entry.org, entry.metadata["repository"]) for entry in entries} == {
        (admin.org_id, "web")
    }


# The list.


def ids_of(page):
    return [row["id"] for row in page["results"]]


def test_pages_hold_every_repository_once_newest_first_while_others_are_added(client, admin):
    made = [RepositoryFactory(org=admin.org).pk for _ in range(5)]
    first = client.get(f"{REPOS}?limit=2").json()
    RepositoryFactory(org=admin.org)

    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()

    assert ids_of(first) + ids_of(second) + ids_of(third) == made[::-1]
    assert third["next"] is None


def test_only_the_organizations_repositories_are_listed(client, repository):
    RepositoryFactory()

    assert ids_of(client.get(REPOS).json()) == [repository.pk]


@pytest.mark.parametrize("count", [1, 20])
def test_any_number_of_repositories_is_the_same_number_of_queries(
    client, admin, django_assert_num_queries, count
):
    RepositoryFactory.create_batch(count, org=admin.org)
    client.get(REPOS)

    with django_assert_num_queries(2):  # the key with its member, the page
        assert len(client.get(REPOS).json()["results"]) == count


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", ""])
def test_a_limit_out_of_bounds_is_refused(client, limit):
    answer = client.get(REPOS, {"limit": limit})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "limit"


def test_a_cursor_that_is_not_ours_is_refused(client):
    answer = client.get(REPOS, {"cursor": "abc"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"
