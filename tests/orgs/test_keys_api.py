from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orgs.domain.roles import Role
from orgs.models import ApiKey
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db

KEYS = reverse("api:key-list")
BODY = {"name": "CI", "role": "member"}


def detail(key):
    return reverse("api:key-detail", args=[key.pk])


def rotate(key):
    return reverse("api:key-rotate", args=[key.pk])


@pytest.fixture
def admin():
    return MembershipFactory(role="admin")


def works(client, text):
    """Whether the key is let in: keys may not read keys, which is another answer than 401."""
    return client.get(KEYS, headers={"X-API-Key": text}).status_code == 403


def test_new_key_is_shown_once(api_as, anonymous, admin, acts):
    response = api_as(admin).post(KEYS, BODY)

    shown = response.json()
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    assert works(anonymous, shown["key"])
    assert shown["key"].startswith(f"{shown['prefix']}_")
    assert acts == [("API_KEY_CREATED", admin.org_id)]
    assert shown["key"] not in api_as(admin).get(KEYS).content.decode()


def test_new_key_belongs_to_its_maker(api_as, admin):
    key_id = api_as(admin).post(KEYS, BODY).json()["id"]

    assert ApiKey.objects.get(pk=key_id).membership == admin


def test_secret_is_stored_nowhere(api_as, admin):
    shown = api_as(admin).post(KEYS, BODY).json()["key"]

    stored = ApiKey.objects.values().get()

    assert shown.split("_")[3] not in repr(stored)
    assert len(bytes(stored["digest"])) == 32


def test_list_shows_no_secrets_and_no_digest(api_as, admin):
    ApiKeyFactory(membership=admin, role="member", name="Pipeline")

    [shown] = api_as(admin).get(KEYS).json()["results"]

    assert set(shown) == {
        "id",
        "name",
        "email",
        "role",
        "effective_role",
        "prefix",
        "last_four",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    }
    assert (shown["name"], shown["email"], shown["role"]) == (
        "Pipeline",
        admin.user.email,
        "member",
    )


def test_list_shows_a_role_that_was_lowered_with_its_member(api_as, admin):
    ApiKeyFactory(membership=MembershipFactory(org=admin.org, role="viewer"), role="admin")

    [shown] = api_as(admin).get(KEYS).json()["results"]

    assert (shown["role"], shown["effective_role"]) == ("admin", "viewer")


@pytest.mark.parametrize("size", [1, 4])
def test_list_makes_the_same_number_of_queries_for_any_size(
    api_as, admin, django_assert_num_queries, size
):
    members = MembershipFactory.create_batch(size, org=admin.org)
    for member in members:
        ApiKeyFactory(membership=member)
    client = api_as(admin)

    with django_assert_num_queries(3):  # the sign-in, the membership, the page
        response = client.get(KEYS)

    assert len(response.json()["results"]) == size


def test_another_organizations_keys_are_not_listed(api_as, admin):
    ApiKeyFactory()

    assert api_as(admin).get(KEYS).json()["results"] == []


@pytest.mark.parametrize("method", ["delete", "post"])
def test_another_organizations_key_is_like_no_key(api_as, admin, acts, method):
    theirs = ApiKeyFactory()
    urls = {"delete": detail, "post": rotate}
    client = api_as(admin)

    foreign = getattr(client, method)(urls[method](theirs))
    missing = getattr(client, method)(urls[method](ApiKey(pk=10**17)))

    assert (foreign.status_code, foreign.json()) == (404, {"detail": "Not found."})
    assert (missing.status_code, missing.json()) == (404, {"detail": "Not found."})
    assert acts == []


@pytest.mark.parametrize("role", ["viewer", "member"])
@pytest.mark.parametrize(("method", "url"), [("get", KEYS), ("post", KEYS)])
def test_low_roles_have_no_access_to_keys(api_as, role, method, url):
    response = getattr(api_as(MembershipFactory(role=role)), method)(url)

    assert (response.status_code, response.json()) == (403, {"detail": "Org admin role required"})


def test_low_roles_may_not_end_or_rotate_keys(api_as, admin):
    key = ApiKeyFactory(membership=admin)
    client = api_as(MembershipFactory(org=admin.org, role="member"))

    assert client.delete(detail(key)).status_code == 403
    assert client.post(rotate(key)).status_code == 403


def test_keys_never_manage_keys(api_as):
    key = ApiKeyFactory(role="owner")
    client = api_as(key)

    answers = [client.get(KEYS), client.post(KEYS, BODY), client.delete(detail(key))]

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert "sign in" in answers[1].json()["detail"]


@pytest.mark.parametrize("role", Role)
def test_role_of_a_key_is_no_higher_than_its_makers(api_as, admin, role):
    response = api_as(admin).post(KEYS, {"name": "CI", "role": role})

    assert response.status_code == (403 if role == "owner" else 201)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "CI"}, "role"),
        ({"name": "", "role": "member"}, "name"),
        ({"name": "a\0b", "role": "member"}, "name"),
        ({"name": "x" * 101, "role": "member"}, "name"),
        ({"name": "CI", "role": "root"}, "role"),
        ({"name": "CI", "role": ["member"]}, "role"),
        ({"name": "CI", "role": None}, "role"),
        (BODY | {"expires_at": "tomorrow"}, "expires_at"),
        (BODY | {"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        (BODY | {"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
    ],
)
def test_bad_body_names_the_field_and_makes_no_key(api_as, admin, acts, body, field):
    response = api_as(admin).post(KEYS, body)

    assert response.status_code == 400
    assert response.json()["detail"].startswith(field)
    assert response.json()["errors"][0]["field"] == field
    assert not ApiKey.objects.exists()
    assert acts == []


def test_s4_fields_that_are_not_for_the_caller_are_ignored(api_as, admin):
    theirs = MembershipFactory()
    extra = {"org": theirs.org_id, "membership": theirs.pk, "public_id": "0" * 10, "id": 7}

    shown = api_as(admin).post(KEYS, BODY | extra | {"revoked_at": "2020-01-01T00:00:00Z"}).json()

    key = ApiKey.objects.get(pk=shown["id"])
    assert (key.org, key.membership, key.revoked_at) == (admin.org, admin, None)
    assert key.public_id != "0" * 10


def test_key_ends_when_it_expires(api_as, anonymous, admin, time_machine):
    soon = timezone.now() + timedelta(hours=1)
    text = api_as(admin).post(KEYS, BODY | {"expires_at": soon.isoformat()}).json()["key"]

    before = works(anonymous, text)
    time_machine.move_to(soon)

    assert (before, works(anonymous, text)) == (True, False)


def test_revoked_key_ends_at_once(api_as, anonymous, admin, acts):
    key = ApiKeyFactory(membership=admin)

    response = api_as(admin).delete(detail(key))

    assert (response.status_code, response.json()) == (200, {"message": "API key revoked"})
    assert not works(anonymous, key.text)
    assert acts == [("API_KEY_REVOKED", admin.org_id)]


def test_second_revocation_keeps_the_time_of_the_first(api_as, admin):
    then = datetime(2026, 1, 1, tzinfo=UTC)
    key = ApiKeyFactory(membership=admin, revoked_at=then)

    api_as(admin).delete(detail(key))

    key.refresh_from_db()
    assert key.revoked_at == then
