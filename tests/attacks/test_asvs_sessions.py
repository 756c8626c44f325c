"""How long a session lasts, what ends it, and what it is named by (OWASP ASVS 5.0.0, chapter 7)."""

import random
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from orgs.models import User
from orgs.services.sign_in import LONGEST
from scans.services import look_after
from tests.attacks.addresses import NAMED, address
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
PAGE, LOGIN = "/dashboard/settings", "/login"
TOKEN, REFRESH, MEMBERS = (
    reverse(f"api:{name}") for name in ("token", "token-refresh", "member-list")
)
NOW = timezone.now().replace(year=2030, microsecond=0)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def ada():
    return MembershipFactory(user=UserFactory(email=EMAIL, password=PASSWORD))


def signed_in():
    browser = Client()
    assert browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).status_code == 302
    return browser


def tokens():
    return APIClient().post(TOKEN, {"email": EMAIL, "password": PASSWORD}).json()


def reads(access):
    answer = Client().get(MEMBERS, headers={"Authorization": f"Bearer {access}"})
    return answer.status_code == 200


def is_in(browser):
    return browser.get(PAGE).status_code == 200


def used_every(hours, browser, clock, *, for_days):
    """Whether the browser was in each time."""
    moments = range(hours, for_days * 24 + 1, hours)
    found = []
    for hour in moments:
        clock.move_to(NOW + timedelta(hours=hour), tick=False)
        found.append(is_in(browser))
    return found


def test_a_session_that_is_not_used_ends_after_twelve_hours(ada, clock):
    browser = signed_in()

    clock.move_to(NOW + timedelta(hours=12, seconds=1), tick=False)

    assert not is_in(browser)


def test_a_session_that_is_used_goes_on(ada, clock):
    assert all(used_every(11, signed_in(), clock, for_days=6))


def test_a_session_ends_after_seven_days_however_much_it_is_used(ada, clock):
    browser = signed_in()
    used_every(11, browser, clock, for_days=6)

    clock.move_to(NOW + timedelta(days=6, hours=10), tick=False)
    was_in = is_in(browser)
    clock.move_to(NOW + timedelta(days=7), tick=False)

    assert (was_in, is_in(browser)) == (True, False)


def test_a_new_password_does_not_make_a_session_last_longer(ada, clock):
    browser = signed_in()
    new = "staple under the bed"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    used_every(11, browser, clock, for_days=6)

    changed = browser.post("/password/change", form)
    clock.move_to(NOW + timedelta(days=7), tick=False)

    assert changed.status_code == 302
    assert not is_in(browser)


def test_a_new_sign_in_begins_anew(ada, clock):
    browser = signed_in()
    used_every(11, browser, clock, for_days=6)
    browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD})

    found = []
    for hours in (10, 20, 30):
        clock.move_to(NOW + timedelta(days=6, hours=hours), tick=False)
        found.append(is_in(browser))

    assert found == [True, True, True]


def test_the_operator_sets_both_limits(ada, clock, settings):
    settings.SESSION_COOKIE_AGE, settings.SESSION_MAX_SECONDS = 1800, 3600
    browser = signed_in()

    found = []
    for minutes in (20, 45, 59, 60):
        clock.move_to(NOW + timedelta(minutes=minutes), tick=False)
        found.append(is_in(browser))

    assert found == [True, True, True, False]


def test_a_session_is_written_at_most_once_in_five_minutes(ada, clock, django_assert_num_queries):
    browser = signed_in()
    clock.move_to(NOW + timedelta(minutes=4), tick=False)
    before = Session.objects.get().expire_date

    is_in(browser)

    assert Session.objects.get().expire_date == before


def test_refreshed_tokens_end_thirty_days_after_the_sign_in(ada, clock):
    pair = tokens()
    for day in (6, 12, 18, 24, 29):
        clock.move_to(NOW + timedelta(days=day), tick=False)
        pair = APIClient().post(REFRESH, {"refresh": pair["refresh"]}).json()
    clock.move_to(NOW + LONGEST, tick=False)

    assert APIClient().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


def test_a_sessions_name_has_160_random_bits_and_is_of_no_seeded_generator(ada):
    keys = []
    for _ in range(2):
        random.seed(7)
        keys.append(signed_in().session.session_key)

    assert keys[0] != keys[1]
    assert all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys)


def test_the_name_of_before_a_sign_in_opens_nothing_after_it(ada):
    browser = signed_in()
    before = browser.session.session_key
    browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD})

    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_an_api_key_opens_no_page(world):
    browser = Client(headers={"X-API-Key": world.key.text})

    assert browser.get(PAGE).status_code == 302


def test_what_has_ended_by_deactivation_does_not_come_back(ada):
    browser, pair = signed_in(), tokens()
    staff = Client()
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    change = reverse("admin:orgs_user_change", args=[ada.user.pk])
    form = {"email": EMAIL, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}

    staff.post(change, form)
    were_in = [is_in(browser), reads(pair["access"])]
    staff.post(change, form | {"is_active": "on"})

    assert User.objects.get(pk=ada.user.pk).is_active
    assert (were_in, is_in(browser), reads(pair["access"])) == ([False, False], False, False)


def test_the_operator_ends_the_sessions_and_tokens_of_one_person(ada, world):
    browser, pair, other = signed_in(), tokens(), world.browser()

    call_command("end_sessions", "--email", EMAIL)

    assert (is_in(browser), reads(pair["access"]), is_in(other)) == (False, False, True)
    assert AuditLogSaaS.objects.of(ada.org).latest("pk").action == "SESSIONS_ENDED"


def test_the_operator_ends_everybodys_sessions(ada, world):
    browsers = [signed_in(), world.browser()]

    call_command("end_sessions", "--everybody")

    assert [is_in(browser) for browser in browsers] == [False, False]


def test_keys_go_on_when_sessions_are_ended(world):
    call_command("end_sessions", "--everybody")

    assert world.by_key().get("/api/repos").status_code == 200


def test_who_is_unknown_has_no_sessions_to_end():
    with pytest.raises(CommandError, match=r"There is no user nobody@example\.com\."):
        call_command("end_sessions", "--email", "nobody@example.com")


@pytest.mark.slow
def test_every_page_of_a_member_offers_to_sign_out(world):
    browser = world.browser()
    pages = {
        route.name: browser.get(address(route, world.ids))
        for route in NAMED
        if route.pattern.startswith("dashboard/")
    }
    shown = {
        name: page.content.decode()
        for name, page in pages.items()
        if page.status_code == 200 and page["Content-Type"].startswith("text/html")
    }

    assert len(shown) > 10
    assert [name for name, text in shown.items() if 'action="/logout"' not in text] == []


@pytest.mark.parametrize("path", ["/logout", "/admin/logout/"])
def test_a_browser_that_signs_out_is_told_to_forget(world, path):
    answer = world.browser(world.staff).post(path)

    assert answer["Clear-Site-Data"] == '"cache", "storage"'


def test_workers_remove_sessions_that_nobody_uses_any_more(ada, clock):
    old, used = Client(), Client()
    old.force_login(ada.user)
    clock.move_to(NOW + timedelta(hours=11), tick=False)
    used.force_login(ada.user)
    clock.move_to(NOW + timedelta(hours=13), tick=False)

    look_after(ended=(), now=timezone.now())

    assert [row.session_key for row in Session.objects.all()] == [used.session.session_key]
