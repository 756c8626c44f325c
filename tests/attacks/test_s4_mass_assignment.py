"""S4: fields of the database's rows in a body change nothing that the operation does not change."""

import re

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership, Organization, User
from tests.attacks.test_s34_inputs import DOCUMENT, resolved
from tests.rows import texts
from tests.test_permissions import TABLE, World, send

pytestmark = pytest.mark.django_db

TEXT, NUMBER = "s4-was-here", 987_654_321
MARKS = (TEXT, str(NUMBER))
# A report is its scanner's own: unknown fields of it are for tests/scans.
WRITES = [
    row
    for row in TABLE
    if row.method in ("POST", "PUT", "PATCH")
    and isinstance(row.body, dict)
    and row.route != "repository-scans"
]
OURS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {"orgs", "scans", "compliance", "audit"}
]
FIELDS = sorted(
    {field.name for model in OURS for field in model._meta.fields}
    | {field.attname for model in OURS for field in model._meta.fields}
    | {"custom", "enabled", "plan_locked", "org_slug", "owner", "permissions", "groups"}
)
VALUES = st.sampled_from(
    [TEXT, NUMBER, True, False, None, "owner", "enterprise", [NUMBER], {"id": NUMBER, "x": TEXT}]
)


@pytest.fixture(scope="module")
def ours(rows_of_the_module):
    return World()


def schema_of(row, ids):
    """The body's schema in the API's document."""
    path = reverse(f"api:{row.route}", kwargs={name: ids[kind] for name, kind in row.ids.items()})
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            content = operations[row.method.lower()]["requestBody"]["content"]
            return resolved(content["application/json"]["schema"])
    raise AssertionError(path)


def with_more(body, schema, more):
    """The body with further fields, and so the objects in its lists."""
    known = schema.get("properties", {})
    found = {name: value for name, value in more.items() if name not in known} | body
    for name, one in body.items():
        if isinstance(one, list) and one and isinstance(one[0], dict):
            items = resolved(known[name]["items"])
            found[name] = [with_more(inner, items, more) for inner in one]
    return found


def standing():
    """Who may do what, whose each thing is, and what is paid for."""
    return [
        sorted(model.objects.values_list(*columns), key=str)
        for model, columns in (
            (User, ("email", "is_staff", "is_superuser", "is_active", "proven_email")),
            (Organization, ("name", "slug", "plan", "requires_mfa")),
            (Membership, ("org__slug", "user__email", "role")),
            (ApiKey, ("org__slug", "membership__user__email", "role", "name", "revoked_at")),
        )
    ]


def outcome(client, row, ids):
    """Status, what stands after it, and all rows; then it is undone."""
    with transaction.atomic():
        answer = send(client, row, ids)
        found = answer.status_code, standing(), str(texts(EVERYTHING))
        transaction.set_rollback(True)
    return found


EVERYTHING = {
    model._meta.db_table: ("t", model._meta.db_table, "true") for model in apps.get_models()
}


@pytest.mark.parametrize("row", WRITES, ids=str)
def test_s4_fields_of_rows_in_a_body_change_nothing(api_as, ours, row):
    client = api_as(ours.members[Role.OWNER])
    schema = schema_of(row, ours.ids)
    status, wanted, _ = outcome(client, row, ours.ids)
    assert status == row.status

    @settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=20, max_size=60))
    def check(more):
        sent = type(row)(**vars(row) | {"body": with_more(row.body, schema, more)})
        status, found, rows = outcome(client, sent, ours.ids)

        assert status in (row.status, 400)
        assert found == (wanted if status == row.status else before)
        assert [mark for mark in MARKS if mark in rows] == []

    before = standing()
    check()
