"""Where one is sent by a form or a link that somebody else has made."""

import pytest

from orgs.domain.roles import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TARGETS = [
    "//evil.example",
    "https:evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\thttps://evil.example",
    "/\t/evil.example",
    "http://testserver@evil.example/",
    "///evil.example",
    "https:///evil.example",
]
PASSWORD = "correct horse battery"


@pytest.mark.parametrize("target", TARGETS, ids=ascii)
def test_s25_who_has_signed_in_is_led_to_no_other_site(world, target):
    answer = world.browser().get("/login", {"next": target})

    assert answer["Location"] == "/dashboard/compliance"


@pytest.mark.parametrize("target", TARGETS, ids=ascii)
@pytest.mark.parametrize("sent_in", ["query", "form"])
def test_s25_support_staff_are_led_to_no_other_site(client, target, sent_in):
    staff = UserFactory(password=PASSWORD, is_staff=True, is_superuser=True)
    form = {"username": staff.email, "password": PASSWORD}
    query, fields = ({}, {"next": target}) if sent_in == "form" else ({"next": target}, {})

    answer = client.post("/admin/login/", form | fields, query_params=query)

    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize("target", TARGETS, ids=ascii)
def test_s25_who_was_led_to_the_second_step_is_led_to_no_other_site(world, target):
    page = world.browser().get("/two-step", {"next": target})

    assert page.context["next"] == ""


@pytest.mark.parametrize("path", ["/dashboard/organization", "/password/change", "/password/reset"])
def test_s25_no_other_form_follows_a_next(world, path):
    member = world.members[Role.OWNER]
    form = {"organization": member.org_id, "email": member.user.email, "next": "//evil.example"}

    answer = world.browser().post(f"{path}?next=//evil.example", form)

    assert "evil.example" not in answer.get("Location", "")
    assert answer.status_code in (200, 302, 400)


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/\\evil.example", "//evil.example/api/repos/"]
)
def test_s25_a_path_that_names_another_site_is_not_redirected(client, path):
    answer = client.get(path)

    assert answer.status_code in (401, 404)
    assert "Location" not in answer
