"""Signing in, and where one lands."""

import pytest

from tests.browser.marks import BROWSER
from tests.pages.addresses import EMAIL, PASSWORD

pytestmark = BROWSER


@pytest.fixture
def sign_in(page_as, ada):
    """Ask for a page, and type this password into the form that one is sent to."""

    def fill(address, password=PASSWORD):
        page = page_as()
        page.goto(address)
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    return fill


def test_one_signs_in_and_out(sign_in):
    page = sign_in("/login")
    page.wait_for_url("/dashboard/compliance")

    page.get_by_role("button", name="Sign out").click()

    page.wait_for_url("/login")
    page.goto("/dashboard/compliance")
    page.wait_for_url("/login?next=/dashboard/compliance")


def test_a_wrong_password_is_said_and_opens_nothing(sign_in):
    page = sign_in("/login", password="something else")

    assert "password" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Email").input_value() == EMAIL
    page.goto("/dashboard/compliance")
    page.wait_for_url("/login?next=/dashboard/compliance")


def test_one_goes_on_to_the_page_that_was_asked_for(sign_in):
    page = sign_in("/dashboard/audit-logs?actor=ada")

    page.wait_for_url("/dashboard/audit-logs?actor=ada")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https:evil.example",
        "/\\evil.example",
        "%2f%2fevil",
        "javascript:alert(1)",
    ],
)
def test_one_never_goes_on_to_another_host(sign_in, elsewhere):
    page = sign_in(f"/login?next={elsewhere}")

    page.wait_for_url("/dashboard/compliance")
