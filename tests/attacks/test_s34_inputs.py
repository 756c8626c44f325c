"""Texts that a database refuses and numbers that nothing has, in every field there is."""

import json
from copy import deepcopy
from typing import NamedTuple

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.attacks.world import dump
from tests.rows import changed

pytestmark = pytest.mark.django_db

DOCUMENT = SchemaGenerator().get_schema(request=None, public=True)
COMPONENTS = DOCUMENT["components"]["schemas"]
METHODS = ("post", "put", "patch")


def resolved(schema):
    while "$ref" in schema or "allOf" in schema:
        one = schema.get("allOf", [schema])[0]
        schema = COMPONENTS[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
    return schema


def sample(schema):
    """A small value that the schema takes."""
    schema = resolved(schema)
    if "oneOf" in schema:
        return sample(schema["oneOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(one) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"])]
    samples = {"integer": 1, "number": 1, "boolean": True, "null": None}
    texts = {"email": "x@example.com", "date-time": "2099-01-01T00:00:00Z"}
    return samples.get(kind, texts.get(schema.get("format"), "new_one"))


def places(value, at=()):
    """Where the texts of a body stand."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*at, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*at, index))
    elif isinstance(value, str):
        yield at


def replaced(body, at, text):
    found = deepcopy(body)
    inner = found
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = text
    return found


class Field(NamedTuple):
    method: str
    path: str
    body: object
    at: tuple

    def __str__(self):
        return "-".join(map(str, (self.method, self.path, *self.at)))


def fields():
    """(method, path, body, place of one text in it) of each operation that takes JSON."""
    for path, operations in sorted(DOCUMENT["paths"].items()):
        for method in METHODS:
            content = operations.get(method, {}).get("requestBody", {}).get("content", {})
            if "application/json" in content:
                body = sample(content["application/json"]["schema"])
                for at in places(body):
                    yield Field(method, path, body, at)


FIELDS = list(fields())
TEXTS = {
    "NUL": "a\x00b",
    "half of a pair": "a\ud800b",
    "only NUL": "\x00",
    "not a character": "a\uffffb",
    "right to left": "a\u202eb",
    "line ends": "a\r\nb",
    "blanks": "\u2003\u00a0 ",
    "endless": "x" * 100_000,
    "an accent without a letter": "\u0301" * 500,
}
# What PostgreSQL stores in no text: it must be refused before it gets there.
UNSTORABLE = ("NUL", "half of a pair", "only NUL")


def filled(world, path):
    for name, value in world.ids.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_s34_no_text_in_any_field_is_a_fault_or_stored_in_halves(world, api_as, field):
    method, path, body, at = field
    owner = world.members["owner"]
    client = api_as() if "/auth/" in path else api_as(owner)

    before = dump()

    for name, text in TEXTS.items():
        answer = client.generic(
            method.upper(),
            filled(world, path),
            json.dumps(replaced(body, at, text)),
            content_type="application/json",
        )
        assert answer.status_code < 500, (name, answer.content)
        assert answer.status_code in (400, 401) or name not in UNSTORABLE, (name, answer.content)
        sign_in = {"audit.AuditHead", "audit.AuditLogSaaS", "orgs.SignInFailure"}
        after = dump()
        assert answer.status_code < 400 or set(changed(before, after)) <= sign_in, name
        before = after


def test_s34_every_operation_that_takes_json_is_tried():
    assert len(FIELDS) > 15
    assert {field.path.split("/")[2] for field in FIELDS} >= {
        "auth",
        "keys",
        "members",
        "repos",
        "compliance",
    }


QUERIES = [
    pytest.param(path, parameter["name"], id=f"{path}?{parameter['name']}")
    for path, operations in sorted(DOCUMENT["paths"].items())
    for parameter in operations.get("get", {}).get("parameters", [])
    if parameter["in"] == "query" and path != "/api/schema"
]


@pytest.mark.parametrize(("path", "name"), QUERIES)
def test_s34_no_text_in_any_query_is_a_fault(world, path, name):
    client = world.by_key()

    for encoded in ("a%00b", "%00", "%ed%a0%80", "%ff", "%f0%9f%92%a9", "a%0d%0ab", "x" * 5000):
        answer = client.get(filled(world, path), QUERY_STRING=f"{name}={encoded}")
        assert answer.status_code in (200, 400), (encoded, answer.content)


IDS = ["9223372036854775808", "-1", "1e3", "\u0663", "0", "9" * 200, "1.0", "+1", "0x1", " 1"]
ON_ONE = [path for path in sorted(DOCUMENT["paths"]) if "_id}" in path]


@pytest.mark.parametrize("path", ON_ONE)
def test_s35_an_id_that_nothing_has_is_not_found(world, path):
    prefix, _, rest = path.partition("{")
    client = world.by_key()

    statuses = {
        (method, number): client.generic(
            method.upper(), prefix + number + rest.partition("}")[2]
        ).status_code
        for method in DOCUMENT["paths"][path]
        for number in IDS
    }

    # A key may not even ask for some of them.
    assert set(statuses.values()) <= {404, 403}, statuses


NUMBERS = ["-1", "0x1", "1e3", "\u0663", "1e9", "9" * 30, "9" * 5000, "1.5", "NaN", "Infinity", ""]
BOUNDED = {
    "days": ("/api/compliance/trend/{repo_id}", [*NUMBERS, "0", "731", "3651", "99999999999"]),
    "limit": ("/api/repos", [*NUMBERS, "0", "201", "1000000000"]),
    "cwe": ("/api/repos/{repo_id}/findings", [*NUMBERS[:-1], "32768", "9223372036854775808"]),
    "repo_id": ("/api/compliance/frameworks/soc2/controls", NUMBERS),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_s35_a_number_out_of_its_bounds_is_refused(world, name):
    path, numbers = BOUNDED[name]
    client = world.by_key()

    answers = {text: client.get(filled(world, path), {name: text}).status_code for text in numbers}

    # Nine lots of nines are a number, and the id of no repository.
    large = {404} if name == "repo_id" else set()
    assert {text: status for text, status in answers.items() if status not in {400, *large}} == {}
