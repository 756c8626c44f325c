"""Who may do what: every route and method, by role and by organization, in one table."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse

from compliance.services import save_custom_framework
from orgs.domain.roles import Role
from tests.factories import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
    ScanFactory,
)

pytestmark = pytest.mark.django_db

VIEWER, MEMBER, ADMIN, OWNER = Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER
CONTROL = {"id": "X-1", "name": "One", "check_type": "secrets"}


@dataclass(frozen=True)
class Row:
    """One operation: the lowest role that may, and a request that is then accepted.

    `ids` names what of the organization stands in the path; `body` may be a function of it.
    """

    method: str
    route: str
    role: Role
    status: int = 200
    ids: dict[str, str] = field(default_factory=dict)
    body: Any = None
    by_key: bool = True
    # A framework's key is a name, not an id: a built-in one exists everywhere.
    query: str = ""

    def __str__(self):
        return f"{self.method}-{self.route}"


REPO, SCAN, KEY, USER = (
    {"repo_id": "repository"},
    {"scan_id": "scan"},
    {"key_id": "key"},
    {"member_id": "other_member"},
)
CUSTOM = {"framework_key": "custom"}
SARIF = {"version": "2.1.0", "runs": []}

TABLE = [
    Row("GET", "key-list", ADMIN),
    Row("POST", "key-list", ADMIN, 201, body={"name": "ci", "role": "viewer"}, by_key=False),
    Row("DELETE", "key-detail", ADMIN, ids=KEY, by_key=False),
    Row("POST", "key-rotate", ADMIN, 201, ids=KEY, body={}, by_key=False),
    Row("GET", "member-list", VIEWER),
    Row(
        "POST",
        "member-list",
        ADMIN,
        201,
        body={"email": "new@example.com", "role": "viewer"},
        by_key=False,
    ),
    Row("PATCH", "member-detail", ADMIN, ids=USER, body={"role": "member"}, by_key=False),
    Row("DELETE", "member-detail", ADMIN, ids=USER, by_key=False),
    Row("GET", "repository-list", VIEWER),
    Row("POST", "repository-list", MEMBER, 201, body={"name": "new"}),
    Row("GET", "repository-detail", VIEWER, ids=REPO),
    Row("PATCH", "repository-detail", ADMIN, ids=REPO, body={"name": "renamed"}),
    Row("DELETE", "repository-detail", ADMIN, ids=REPO),
    Row("GET", "repository-scans", VIEWER, ids=REPO),
    Row("POST", "repository-scans", MEMBER, 201, ids=REPO, body=SARIF),
    Row("GET", "repository-findings", VIEWER, ids=REPO),
    Row("GET", "scan-detail", VIEWER, ids=SCAN),
    Row("GET", "scan-findings", VIEWER, ids=SCAN),
    Row("GET", "framework-list", VIEWER),
    Row("PUT", "enabled-frameworks", ADMIN, body={"keys": ["soc2"]}),
    Row("GET", "framework-controls", VIEWER, ids=CUSTOM),
    Row("PUT", "framework-controls", ADMIN, ids=CUSTOM, body={"disabled": []}),
    Row("GET", "custom-framework-list", VIEWER),
    Row(
        "POST",
        "custom-framework-list",
        ADMIN,
        body={"name": "New", "key": "new_one", "controls": [CONTROL]},
    ),
    Row("DELETE", "custom-framework-detail", ADMIN, ids=CUSTOM),
    Row("GET", "repository-score", VIEWER, ids=REPO),
    Row("GET", "repository-trend", VIEWER, ids=REPO),
    Row("GET", "audit-log-list", VIEWER),
    Row("GET", "audit-checkpoint-list", VIEWER),
    Row("GET", "audit-verification", VIEWER),
    Row("GET", "audit-stream", VIEWER),
]
WITH_IDS = [row for row in TABLE if row.ids]
# Routes that serve no organization's data.
OPEN_ROUTES = {"token", "token-refresh", "token-revoke", "leak-report", "schema", "docs"}


class World:
    """An organization with one of each thing that a path can name."""

    def __init__(self):
        self.org = OrganizationFactory()
        self.members = {role: MembershipFactory(org=self.org, role=role) for role in Role}
        other_member = MembershipFactory(org=self.org, role="viewer")
        repository = RepositoryFactory(org=self.org)
        custom = f"own_{self.org.pk}"
        save_custom_framework(
            organization=self.org, key=custom, name="Own", description="", controls=[CONTROL]
        )
        self.ids = {
            "repository": repository.pk,
            "scan": ScanFactory(repository=repository).pk,
            "key": ApiKeyFactory(membership=self.members[VIEWER]).pk,
            "other_member": other_member.pk,
            "custom": custom,
        }


@pytest.fixture(scope="module")
def ours(rows_of_the_module):
    return World()


@pytest.fixture(scope="module")
def theirs(rows_of_the_module):
    return World()


def send(client, row, ids):
    path = reverse(f"api:{row.route}", kwargs={name: ids[kind] for name, kind in row.ids.items()})
    return client.generic(row.method, path, **_body(client, row))


def _body(client, row):
    if row.body is None:
        return {}
    data, content_type = client._encode_data(row.body, format="json")
    return {"data": data, "content_type": content_type}


def counted(client, row, ids):
    """The answer, and how many queries it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = send(client, row, ids)
    return answer, len(queries)


def dump(org):
    """Every row of the organization, in every table that has an org."""
    models = [model for model in apps.get_models() if "org" in {f.name for f in model._meta.fields}]
    return [serializers.serialize("json", m._base_manager.filter(org=org.pk)) for m in models]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_role_may_do_what_the_table_says_and_nothing_more(api_as, ours, row, role):
    answer = send(api_as(ours.members[role]), row, ours.ids)

    if role.allows(row.role):
        assert answer.status_code == row.status, answer.content
    else:
        assert answer.status_code == 403
        assert answer.json() == {"detail": f"Org {row.role} role required"}


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_key_may_do_what_its_role_allows_but_manages_no_access(api_as, ours, row):
    key = ApiKeyFactory(membership=ours.members[OWNER])

    answer = send(api_as(key), row, ours.ids)

    assert answer.status_code == (row.status if row.by_key else 403)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_without_credentials_every_route_answers_401(anonymous, ours, row):
    before = dump(ours.org)

    answer = send(anonymous, row, ours.ids)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]
    assert dump(ours.org) == before


@pytest.mark.parametrize("role", [VIEWER, OWNER])
@pytest.mark.parametrize("row", WITH_IDS, ids=str)
def test_another_organizations_ids_are_not_found_and_nothing_of_it_changes(
    api_as, ours, theirs, row, role
):
    before = dump(theirs.org)

    answer = send(api_as(ours.members[role]), row, theirs.ids)

    assert answer.status_code == (404 if role.allows(row.role) else 403)
    assert dump(theirs.org) == before


@pytest.mark.parametrize("row", WITH_IDS, ids=str)
def test_a_foreign_id_answers_as_one_that_does_not_exist(api_as, ours, theirs, row):
    missing = dict.fromkeys(theirs.ids, 999999999) | {"custom": "no_such"}
    client = api_as(ours.members[OWNER])

    send(client, row, missing)  # what is read once and kept is read here

    (foreign, its_queries), (none, queries) = (
        counted(client, row, ids) for ids in (theirs.ids, missing)
    )
    assert (foreign.status_code, foreign.content) == (none.status_code, none.content)
    assert its_queries == queries


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "GET"], ids=str)
def test_lists_and_details_hold_nothing_of_another_organization(api_as, ours, theirs, row):
    marks = [theirs.org.name, theirs.org.slug, *(m.user.email for m in theirs.members.values())]

    answer = send(api_as(ours.members[OWNER]), row, ours.ids)

    assert [mark for mark in marks if mark.encode() in answer.content] == []


@pytest.mark.parametrize("repo_query", ["framework-controls"])
def test_a_foreign_repository_in_the_query_is_not_found(api_as, ours, theirs, repo_query):
    path = reverse(f"api:{repo_query}", kwargs={"framework_key": "soc2"})
    client = api_as(ours.members[VIEWER])

    foreign = client.get(f"{path}?repo_id={theirs.ids['repository']}")
    missing = client.get(f"{path}?repo_id=999999999")

    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code == 404


def test_every_route_and_method_of_the_api_has_a_row():
    def routes(patterns, prefix=""):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path, pattern
            else:
                yield from routes(pattern.url_patterns, path)

    found = {
        (method, pattern.name)
        for path, pattern in routes(get_resolver().url_patterns)
        if path.startswith("api/") and pattern.name not in OPEN_ROUTES
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(pattern.callback.view_class, method.lower())
    }

    assert found == {(row.method, row.route) for row in TABLE}
