"""MFA_REQUIRED: nobody goes on without a second step, whatever organization or page it is."""

import pytest
from django.test import Client
from django.urls import reverse

from orgs.services import second_factor
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory
from tests.orgs.test_two_step import SET_UP, set_up, signed_in, text_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
DASHBOARD, SETTINGS, REQUIRED = "/dashboard/compliance", "/dashboard/settings", "/two-step/required"
CONNECT = "/dashboard/settings/sso/routed"
ADMIN = "/admin/"
TO_ADMIN = f"{SET_UP}?next=/admin/"
MEMBERS, TOKEN = (reverse(f"api:{name}") for name in ("member-list", "token"))


@pytest.fixture(autouse=True)
def required(settings):
    settings.MFA_REQUIRED = True


def member(role="owner", **fields):
    return MembershipFactory(user=UserFactory(password=PASSWORD, **fields), role=role)


def staff(**fields):
    return UserFactory(password=PASSWORD, is_staff=True, is_superuser=True, **fields)


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("role", ["viewer", "member", "admin", "owner"])
@pytest.mark.parametrize("page", [DASHBOARD, SETTINGS, "/dashboard/audit-logs", "/password/change"])
def test_every_member_is_led_to_set_it_up_before_anything_else(role, page):
    browser = signed_in(member(role))

    before = browser.get(page)
    set_up(browser)

    assert (before.status_code, before["Location"]) == (302, SET_UP)
    assert browser.get(page).status_code == 200


@pytest.mark.parametrize("page", [REQUIRED, "/dashboard/organization", CONNECT])
def test_a_form_that_is_posted_before_changes_nothing(page):
    one = member()

    answer = signed_in(one).post(page, {"required": "yes", "password": PASSWORD})

    one.org.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, SET_UP)
    assert not one.org.requires_mfa


def test_a_members_tokens_wait_until_it_is_set_up(anonymous, api_as):
    one = member()

    signs_in = anonymous.post(TOKEN, {"email": one.user.email, "password": PASSWORD})
    before = api_as(one).get(MEMBERS)
    second_factor.begin(one.user, second_factor.new_secret())

    assert signs_in.status_code == 200  # as where an organization requires it: it opens nothing yet
    assert before.status_code == 403
    assert before.json()["detail"].startswith("Set up two-step sign-in")
    assert api_as(one).get(MEMBERS).status_code == 200


def test_keys_are_for_programs_and_go_on(api_as):
    assert api_as(ApiKeyFactory()).get(MEMBERS).status_code == 200


@pytest.mark.parametrize(
    "page",
    [ADMIN, "/admin/orgs/organization/", "/admin/password_change/", "/admin/logout/", "/admin/x/"],
)
def test_support_staff_are_led_to_set_it_up_and_back(page):
    browser = browser_of(staff())

    before = browser.get(page)
    answer, _ = set_up(browser, next=ADMIN)

    assert (before.status_code, before["Location"]) == (302, TO_ADMIN)
    assert 'href="/admin/"' in text_of(answer)
    assert browser.get(ADMIN).status_code == 200


def test_support_staff_change_nothing_before():
    other = UserFactory(is_active=True)

    answer = browser_of(staff()).post(
        f"/admin/orgs/user/{other.pk}/change/", {"email": "taken@example.com"}
    )

    other.refresh_from_db()
    assert answer["Location"] == TO_ADMIN
    assert other.email != "taken@example.com"


def test_support_staff_who_sign_in_are_led_there():
    user, browser = staff(), Client()

    signed_in_at = browser.post(
        "/admin/login/", {"username": user.email, "password": PASSWORD}, follow=True
    )

    assert signed_in_at.redirect_chain[-1] == (TO_ADMIN, 302)


def test_who_is_led_there_may_sign_out():
    browser = signed_in(member())

    page = text_of(browser.get(SET_UP))
    browser.post("/logout")

    assert 'action="/logout"' in page
    assert "Back to the settings" not in page
    assert browser.get(SET_UP)["Location"] == "/login?next=/two-step"


def test_the_settings_say_it_and_offer_no_owner_to_require_it():
    browser = signed_in(member())
    set_up(browser)

    page = text_of(browser.get(SETTINGS))

    assert "It is required of everybody here." in page
    assert REQUIRED not in page


def test_strangers_and_customers_are_led_to_no_set_up_by_the_support_pages():
    customer = browser_of(MembershipFactory().user)

    answers = [browser.get(ADMIN)["Location"] for browser in (Client(), customer)]

    assert answers == ["/admin/login/?next=/admin/"] * 2


def test_where_it_is_not_required_nobody_is_led_anywhere(settings):
    settings.MFA_REQUIRED = False

    assert signed_in(member()).get(DASHBOARD).status_code == 200
    assert browser_of(staff()).get(ADMIN).status_code == 200
