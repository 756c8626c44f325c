import pytest

from orgs.domain.roles import Role
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.orgs.whoami")]


@pytest.mark.parametrize("role", Role)
def test_every_role_reads(api_as, role):
    assert api_as(MembershipFactory(role=role)).get("/api/whoami").status_code == 200


def test_role_is_checked_before_the_body(api_as):
    response = api_as(MembershipFactory(role="viewer")).post("/api/whoami", {})

    assert response.status_code == 403
    assert response.json() == {"detail": "Org member role required"}


@pytest.mark.parametrize("role", ["member", "admin", "owner"])
def test_high_enough_role_comes_to_the_body(api_as, role):
    response = api_as(MembershipFactory(role=role)).post("/api/whoami", {})

    assert response.status_code == 400


def test_low_key_of_a_high_member_does_not_write(api_as):
    key = ApiKeyFactory(membership__role="owner", role="viewer")

    assert api_as(key).post("/api/whoami", {}).status_code == 403


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_method_override_is_ignored(api_as, header):
    key = ApiKeyFactory(membership__role="owner", role="viewer")

    response = api_as(key).post(
        "/api/whoami?_method=GET", {"_method": "GET"}, headers={header: "GET"}
    )

    assert response.status_code == 403


def test_credentials_are_checked_before_the_role(anonymous):
    assert anonymous.post("/api/owners", {}).status_code == 401


def test_view_may_ask_for_an_owner(api_as):
    response = api_as(MembershipFactory(role="admin")).get("/api/owners")

    assert response.status_code == 403
    assert response.json() == {"detail": "Org owner role required"}


def test_view_may_refuse_changes_by_keys(api_as):
    client = api_as(ApiKeyFactory())

    assert client.get("/api/owners").status_code == 200
    refused = client.post("/api/owners", {})
    assert refused.status_code == 403
    assert "sign in" in refused.json()["detail"]


@pytest.mark.parametrize(
    "row_id", ["-1", "1e3", "٣", "9" * 19, "1.0", "0x1", "1%00", "+1", "%20 1", "1/../2"]
)
def test_hostile_id_matches_no_route(api_as, row_id):
    client = api_as(MembershipFactory())

    assert client.get("/api/whoami/12").status_code == 200
    assert client.get(f"/api/whoami/{row_id}").status_code == 404
