"""No operation shows or changes another organization's rows, with the first wall or without it.

Every operation of the OpenAPI document is sent with the credentials of one organization and the
ids of another one, in the path, the query, the headers and the body. Then the same again where the
scoped query sets, and the statements written by hand beside them, let all rows through: what is
left is the database's row-level security.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import pytest
from drf_spectacular.generators import SchemaGenerator

import compliance.queries
from codestax import middleware
from codestax.common import tenancy
from codestax.common.paging import Cursor
from codestax.common.querysets import TenantQuerySet
from orgs.domain.roles import Role
from tests.scans.sarif import report
from tests.worlds import CONTROL, World, dump

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Anybody may ask these about any email: the answer is a credential or none, and what is refused is
# recorded in that member's own organizations (tests/orgs/test_token_api.py). A report of leaked
# keys is of no organization, and is signed (tests/orgs/test_leaks.py).
OF_NO_ORGANIZATION = {
    "auth_token",
    "auth_token_refresh",
    "auth_token_revoke",
    "report_leaked_keys",
}
MISSING = 999_999_999

# What of an organization stands in a path, query or header of this name.
NAMED = {
    "repo_id": lambda world: world.repository.pk,
    "scan_id": lambda world: world.scan.pk,
    "key_id": lambda world: world.key.pk,
    "member_id": lambda world: world.other_member.pk,
    "framework_key": lambda world: world.framework,
    "framework": lambda world: world.framework,
    "cursor": lambda world: Cursor(True, world.org.pk + 10_000),
    "branch": lambda world: world.scan.branch,
    "commit": lambda world: world.scan.commit,
    "path": lambda world: f"{world.word}/",
    "rule_id": lambda world: f"{world.word}-rule",
    "actor": lambda world: world.other_member.user.email,
    "Idempotency-Key": lambda world: f"{world.word}-request",
}
# Those that name nothing of an organization, with a value that selects all there is.
PLAIN = {
    "limit": 200,
    "from": "2000-01-01",
    "to": "2999-01-01",
    "days": 730,
    "action": "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED",
    "check_type": "sast_security",
    "cwe": 78,
    "severity": "high",
    "suppressed": "false",
    "tool": "Bandit",
    "committed_at": "2026-01-01T00:00:00Z",
    "after": 0,
    "covers": "secrets",
    "format": "sarif",
    "languages": "python",
    "lines_of_code": 7,
    "nothing_to_check": "iac_issues",
    "pull_requests_merged": 1,
    "pull_requests_reviewed": 1,
    "quality_gate": "passed",
    "Prefer": "respond-async",
    "If-Match": "*",
}
# A body for each operation that takes one; `world` is the other organization.
BODIES = {
    "save_custom_framework": lambda world: {
        "name": "New",
        "key": world.framework,
        "controls": [CONTROL],
    },
    "set_enabled_frameworks": lambda world: {"keys": [world.framework]},
    "set_disabled_controls": lambda world: {"disabled": ["X-1"]},
    "keys_create": lambda world: {"name": "new", "role": "viewer"},
    "keys_rotate": lambda world: {"overlap_hours": 1},
    "members_add": lambda world: {"email": "new@example.com", "role": "viewer"},
    "members_update": lambda world: {"role": "member"},
    "create_repository": lambda world: {"name": "new"},
    "update_repository": lambda world: {"name": "renamed"},
    "upload_scan": lambda world: report(),
}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    name: str
    parameters: dict[str, str] = field(hash=False)
    has_body: bool = False

    def __str__(self):
        return self.name

    @property
    def names(self):
        """What stands in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def others(self):
        """What may stand beside it, in the query or in a header."""
        return [name for name, place in self.parameters.items() if place != "path"]


@cache
def operations():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [
        Operation(
            method.upper(),
            path,
            found["operationId"],
            {one["name"]: one["in"] for one in found.get("parameters", [])},
            "requestBody" in found,
        )
        for path, methods in sorted(paths.items())
        for method, found in methods.items()
        if found["operationId"] not in OF_NO_ORGANIZATION
    ]


OPERATIONS = operations()
ON_ONE_THING = [operation for operation in OPERATIONS if operation.names]

CREDENTIALS = {
    "owner's token": lambda world: world.members[Role.OWNER],
    "member's token": lambda world: world.members[Role.MEMBER],
    "admin's key": lambda world: world.key_of(Role.ADMIN),
    "viewer's key": lambda world: world.key_of(Role.VIEWER),
}


@pytest.fixture(scope="module")
def worlds(rows_of_the_module):
    """Ours and theirs."""
    return World("ours"), World("theirs")


@pytest.fixture
def open_query_sets(monkeypatch):
    """Every query that starts with its organization starts with all rows instead."""
    monkeypatch.setattr(TenantQuerySet, "of", lambda self, organization: self.all())
    for name, statement in vars(compliance.queries).copy().items():
        if isinstance(statement, str) and "SELECT" in statement:
            opened = re.sub(
                r"(?:\w\.)?\borg_id = (%s|%\(org\)s)", r"\1::bigint IS NOT NULL", statement
            )
            monkeypatch.setattr(compliance.queries, name, opened)


@pytest.fixture(params=["with both walls", "with the second wall alone"])
def walls(request):
    if request.param != "with both walls":
        request.getfixturevalue("open_query_sets")


def send(client, operation, *, path, body, beside=None, value=None):
    """`path` and `body` are made for a world; `beside` is one parameter more, with its value."""
    place = operation.parameters.get(beside)
    options = {"headers": {beside: str(value)}} if place == "header" else {}
    query = {beside: value} if place == "query" else {}
    data, content_type = _encoded(client, body)
    return client.generic(
        operation.method,
        path,
        data=data,
        content_type=content_type,
        query_params=query,
        **options,
    )


def _encoded(client, body):
    if body is None or isinstance(body, bytes):
        return body or b"", "application/json"
    return client._encode_data(body, format="json")


def path_of(operation, world):
    return operation.path.format(**{name: NAMED[name](world) for name in operation.names})


def missing_path_of(operation):
    missing = dict.fromkeys(operation.names, MISSING) | {"framework_key": "no_such"}
    return operation.path.format(**missing)


def body_of(operation, world):
    return BODIES[operation.name](world) if operation.has_body else None


def value_of(name, world):
    return NAMED[name](world) if name in NAMED else PLAIN[name]


def everything(client, operation, ours, theirs):
    """Each way in which an id of theirs can come into the operation, answered."""
    body = body_of(operation, theirs)
    foreign, own = path_of(operation, theirs), path_of(operation, ours)
    answers = [send(client, operation, path=foreign, body=body)]
    answers += [
        send(client, operation, path=own, body=body, beside=name, value=value_of(name, theirs))
        for name in operation.others
    ]
    if isinstance(body, dict):
        claimed = body | {"org": theirs.org.pk, "org_id": theirs.org.pk}
        answers.append(send(client, operation, path=own, body=claimed))
    return answers


def text_of(answers):
    return b"\n".join(answer.content for answer in answers)


def marks(world):
    """Texts of a world that no request here sends."""
    return [
        world.org.name,
        world.repository.name,
        f"{world.word} policy",
        f"{world.word} key",
        world.key.public_id,
        f"{world.word}-rule at",
        f"owner@{world.word}.example",
        f'"word": "{world.word}"',
    ]


def leaked(content, world):
    return [mark for mark in marks(world) if mark.encode() in content]


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_s1_s2_no_row_of_another_organization_leaves_and_none_changes(
    api_as, worlds, walls, operation, credential
):
    ours, theirs = worlds
    client = api_as(CREDENTIALS[credential](ours))
    before = dump(theirs)

    answers = everything(client, operation, ours, theirs)

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert leaked(text_of(answers), theirs) == []
    assert dump(theirs) == before


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("operation", ON_ONE_THING, ids=str)
def test_s1_s2_another_organizations_id_answers_as_a_missing_one(
    api_as, worlds, walls, operation, credential
):
    ours, theirs = worlds
    client = api_as(CREDENTIALS[credential](ours))
    body = body_of(operation, theirs)

    foreign = send(client, operation, path=path_of(operation, theirs), body=body)
    missing = send(client, operation, path=missing_path_of(operation), body=body)

    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code in {403, 404}


@pytest.mark.parametrize("operation", ON_ONE_THING, ids=str)
def test_s1_s2_to_an_owner_it_is_not_found(api_as, worlds, walls, operation):
    ours, theirs = worlds
    client = api_as(ours.members[Role.OWNER])

    answer = send(
        client, operation, path=path_of(operation, theirs), body=body_of(operation, theirs)
    )

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


@pytest.fixture
def no_walls(open_query_sets, monkeypatch):
    """Requests see all organizations, as support staff does."""
    staff = tenancy.Scope(tenancy.STAFF)
    monkeypatch.setattr(middleware, "Scope", lambda *_: staff)
    monkeypatch.setattr(tenancy, "enter", lambda **_: None)


def test_without_any_wall_the_same_requests_would_leak_from_most_reads(api_as, worlds, no_walls):
    """That the second wall is all that holds above: the query sets are open indeed."""
    ours, theirs = worlds
    client = api_as(ours.members[Role.OWNER])
    client.raise_request_exception = False  # of policies that are not ours
    # The chain's reads ask for their organization by themselves, and not through the query sets.
    reads = [
        operation
        for operation in OPERATIONS
        if operation.method == "GET" and not operation.path.startswith("/api/audit/")
    ]

    open_ones = [
        operation.name
        for operation in reads
        if leaked(text_of(everything(client, operation, ours, theirs)), theirs)
    ]

    assert len(open_ones) > len(reads) / 2, open_ones


def test_every_parameter_and_body_of_the_document_has_a_value_here():
    """A new one needs its value of another organization in NAMED, PLAIN or BODIES."""
    parameters = {name for operation in OPERATIONS for name in operation.parameters}
    bodies = {operation.name for operation in OPERATIONS if operation.has_body}

    assert parameters - NAMED.keys() - PLAIN.keys() == set()
    assert bodies == BODIES.keys()
    assert {name for operation in OPERATIONS for name in operation.names} <= NAMED.keys()
