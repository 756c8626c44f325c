"""People see where they are signed in, and end it there (OWASP ASVS 5.0.0, 7.5.2)."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from audit.services import SYSTEM
from orgs.models import SignIn, UserSession
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from orgs.services.sign_in import LONGEST
from scans.services import look_after
from tests.conftest import sign_in
from tests.factories import MembershipFactory, UserFactory
from tests.orgs.test_two_step import set_up
from tests.pages.reading import read

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
SETTINGS, SESSIONS = "/dashboard/settings", "/dashboard/settings/sessions"
LOGIN, ADMIN = "/login", "/admin/login/"
TOKEN, REFRESH, MEMBERS = (
    reverse(f"api:{name}") for name in ("token", "token-refresh", "member-list")
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) Version/26.1 Safari/604.1"
LAPTOP = {"headers": {"User-Agent": FIREFOX}, "REMOTE_ADDR": "192.0.2.7"}
PHONE = {"headers": {"User-Agent": IPHONE}, "REMOTE_ADDR": "2001:db8::7"}
NOW = timezone.now().replace(year=2030, hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def ada():
    return MembershipFactory(user=UserFactory(email=EMAIL, password=PASSWORD))


def signed_in(**of):
    browser = Client(**of)
    assert browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD}).status_code == 302
    return browser


def tokens(**of):
    return APIClient(**of).post(TOKEN, {"email": EMAIL, "password": PASSWORD}).json()


def is_in(browser):
    return browser.get(SETTINGS).status_code == 200


def reads(access):
    headers = {"Authorization": f"Bearer {access}"}
    return APIClient(headers=headers).get(MEMBERS).status_code == 200


def text_of(page):
    return " ".join(unescape(page.content.decode()).split())


def listed(browser):
    """(name, words) of each that the page offers to end; all others is the last."""
    page = read(browser.get(SESSIONS))
    labels = [label for label in page.all("label") if [*label.all("input", type="radio")]]
    return [(label.one("input").attributes["value"], label.text) for label in labels]


def names(browser):
    return [name for name, _ in listed(browser)]


def end(browser, which, password=PASSWORD):
    return browser.post(SESSIONS, {"which": which, "password": password})


def entries(org):
    rows = AuditLogSaaS.objects.of(org).exclude(actor_email=SYSTEM).order_by("pk")
    return [(row.action, row.metadata) for row in rows if not row.action.startswith("SIGN_IN")]


# What is listed.


def test_a_session_is_told_by_its_browser_its_address_and_its_times(ada, clock):
    here = signed_in(**LAPTOP)
    signed_in(**PHONE)
    clock.move_to(NOW + timedelta(minutes=20), tick=False)

    ((_, words), _) = listed(here)

    assert words.startswith("Safari on iPhone Used 20 minutes ago , from 2001:db8::7")
    assert words.endswith("2030, 09:00 UTC")


def test_this_one_is_shown_apart_and_is_not_offered(ada):
    here = signed_in(**LAPTOP)

    page = read(here.get(SESSIONS))

    assert "Firefox on Linux Used just now , from 192.0.2.7" in page.section("this").text
    assert "You are signed in nowhere else." in page.text
    assert names(here) == []


def test_a_sign_in_for_tokens_is_listed_with_its_last_refresh(ada, clock):
    pair = tokens(headers={"User-Agent": "grc-sync/2.4"}, REMOTE_ADDR="192.0.2.9")
    clock.move_to(NOW + timedelta(days=2), tick=False)
    APIClient(**PHONE).post(REFRESH, {"refresh": pair["refresh"]})
    here = signed_in()
    clock.move_to(NOW + timedelta(days=2, hours=3), tick=False)

    ((name, words), _) = listed(here)

    assert name == f"tokens-{SignIn.objects.get().pk}"
    assert "Safari on iPhone API tokens Refreshed 3 hours ago , from 2001:db8::7" in words


def test_a_session_is_told_by_where_it_was_used_last(ada, clock):
    here, phone = signed_in(**LAPTOP), signed_in(**PHONE)
    clock.move_to(NOW + timedelta(minutes=6), tick=False)
    phone.get(SETTINGS, REMOTE_ADDR="198.51.100.1", headers={"User-Agent": FIREFOX})

    ((_, words), _) = listed(here)

    assert words.startswith("Firefox on Linux Used just now , from 198.51.100.1")


def test_what_was_used_last_stands_first(ada, clock):
    old = signed_in()
    clock.move_to(NOW + timedelta(hours=1), tick=False)
    signed_in(**PHONE)
    clock.move_to(NOW + timedelta(hours=2), tick=False)
    here = signed_in(**LAPTOP)
    is_in(old)

    words = [words.split(" Used ")[0] for _, words in listed(here)]

    assert words[:2] == ["Unknown browser", "Safari on iPhone"]


def test_of_very_many_the_newest_are_shown_and_the_rest_counted(ada):
    for _ in range(53):
        sign_in(ada.user)

    page = signed_in().get(SESSIONS)

    assert text_of(page).count('type="radio"') == 51
    assert "And 3 that were used longer ago." in text_of(page)


def test_a_strange_browser_is_text_and_no_markup(ada):
    here = signed_in()
    signed_in(headers={"User-Agent": "<script>alert(1)</script>\x1b[31m\r\nX: y"})

    page = here.get(SESSIONS).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_nobody_elses_is_listed_and_a_stranger_sees_no_list(ada):
    sign_in(MembershipFactory(org=ada.org).user)
    Client().force_login(MembershipFactory(org=ada.org).user)

    assert names(signed_in()) == []
    assert Client().get(SESSIONS)["Location"] == f"/login?next={SESSIONS}"


def test_who_has_no_organization_sees_theirs(ada):
    ada.delete()

    assert signed_in().get(SESSIONS).status_code == 200


def test_support_staff_see_their_own_and_their_pages_lead_there(ada):
    ada.user.is_staff = True
    ada.user.save()
    here = Client()
    here.post(ADMIN, {"username": EMAIL, "password": PASSWORD})
    other = MembershipFactory(org=ada.org)
    sign_in(other.user)

    assert f'href="{SESSIONS}"' in here.get("/admin/").content.decode()
    assert names(here) == []


# What is open, and nothing else.


def changes_the_password(here, ada, clock):
    new = "staple under the bed"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/password/change", form).status_code == 302


def sets_the_second_step_up(here, ada, clock):
    assert set_up(here)[0].status_code == 200


def is_ended_by_the_operator(here, ada, clock):
    call_command("end_sessions", "--email", EMAIL)
    here.post(LOGIN, {"email": EMAIL, "password": PASSWORD})


def lets_them_lie(here, ada, clock):
    for hours in (6, 12, 18):
        clock.move_to(NOW + timedelta(hours=hours), tick=False)
        is_in(here)
    SignIn.objects.update(expires_at=timezone.now())


def lets_months_pass(here, ada, clock):
    SignIn.objects.update(expires_at=NOW + 2 * LONGEST)
    clock.move_to(NOW + LONGEST, tick=False)
    here.post(LOGIN, {"email": EMAIL, "password": PASSWORD})


def has_a_shell_set_a_password(here, ada, clock):
    ada.user.set_password(PASSWORD)
    ada.user.save()
    here.post(LOGIN, {"email": EMAIL, "password": PASSWORD})


@pytest.mark.parametrize(
    "happens",
    [
        changes_the_password,
        sets_the_second_step_up,
        is_ended_by_the_operator,
        lets_them_lie,
        lets_months_pass,
        has_a_shell_set_a_password,
    ],
)
def test_what_has_ended_in_another_way_is_not_listed(ada, clock, happens):
    here, _, pair = signed_in(), signed_in(**PHONE), tokens()
    ada.user.refresh_from_db()
    were = len(names(here))

    happens(here, ada, clock)

    assert (were, names(here)) == (3, [])
    assert not reads(pair["access"])


def test_what_was_used_until_its_last_day_is_not_listed_after_it(ada, clock):
    there = signed_in()
    for hours in range(11, 7 * 24, 11):
        clock.move_to(NOW + timedelta(hours=hours), tick=False)
        assert is_in(there)
    here = signed_in()
    was = len(names(here))

    clock.move_to(NOW + timedelta(days=7), tick=False)

    assert (was, names(here)) == (2, [])


def test_what_was_signed_out_is_not_listed(ada):
    here, there, pair = signed_in(), signed_in(), tokens()

    there.post("/logout")
    APIClient().post(reverse("api:token-revoke"), {"refresh": pair["refresh"]})

    assert names(here) == []


def test_half_a_sign_in_is_not_listed(ada):
    here = signed_in()
    set_up(here)

    Client().post(LOGIN, {"email": EMAIL, "password": PASSWORD})

    assert names(here) == []


def test_tokens_of_the_former_release_are_listed_and_can_be_ended(ada):
    sign_in(ada.user)
    here = signed_in()

    (name, _) = names(here)
    end(here, name)

    assert SignIn.objects.get().revoked_at is not None


def test_a_session_of_the_former_release_is_listed_with_its_next_write(ada, clock):
    here, there = signed_in(), signed_in()
    UserSession.objects.all().delete()
    clock.move_to(NOW + timedelta(minutes=6), tick=False)

    is_in(there)

    assert len(names(here)) == 2


# Ending one.


def test_one_session_ends_with_its_next_request_and_no_other(ada):
    here, phone, pair = signed_in(), signed_in(**PHONE), tokens()
    (which,) = (name for name, words in listed(here) if "iPhone" in words)

    answer = end(here, which)

    assert (answer.status_code, answer["Location"]) == (302, SESSIONS)
    assert "The session has ended." in text_of(here.get(SESSIONS))
    assert (is_in(phone), is_in(here), reads(pair["access"])) == (False, True, True)


def test_tokens_end_at_once_and_cannot_be_refreshed(ada):
    here, phone, pair = signed_in(), signed_in(), tokens()
    (which,) = (name for name in names(here) if name.startswith("tokens-"))

    end(here, which)

    refreshed = APIClient().post(REFRESH, {"refresh": pair["refresh"]})
    assert (reads(pair["access"]), refreshed.status_code) == (False, 401)
    assert is_in(phone)


def test_it_is_an_entry_in_each_organization_with_what_was_ended(ada):
    other = MembershipFactory(user=ada.user)
    here, _ = signed_in(), signed_in(**PHONE)

    end(here, names(here)[0])

    expected = {"kind": "session", "browser": "Safari on iPhone", "changes": []}
    assert entries(ada.org) == entries(other.org) == [("SESSION_ENDED", expected)]


def test_a_session_at_work_does_not_come_back(ada):
    """Its request began before it was ended, and would write it afterwards."""
    here, phone = signed_in(), signed_in()
    session = phone.session
    session["organization_id"] = ada.org_id
    end(here, names(here)[0])

    with pytest.raises(UpdateError):
        session.save()

    assert not is_in(phone)
    assert names(here) == []


# Ending all others.


def test_all_others_end_and_this_one_goes_on(ada):
    here, phone, pair = signed_in(), signed_in(**PHONE), tokens()

    end(here, "others")

    assert "Your other sessions have ended." in text_of(here.get(SESSIONS))
    assert (is_in(phone), reads(pair["access"]), is_in(here)) == (False, False, True)
    assert names(here) == []
    assert entries(ada.org) == [("SESSIONS_ENDED", {"kept": "this_session", "changes": []})]


def test_all_others_are_also_those_that_no_list_knows(ada):
    here, unlisted = signed_in(), signed_in()
    UserSession.objects.all().delete()
    Client().force_login(ada.user)  # there is something to choose

    end(here, "others")

    assert (is_in(unlisted), is_in(here)) == (False, True)


# What it takes.


@pytest.mark.parametrize("which", ["others", "one"])
@pytest.mark.parametrize("password", ["", "not the password"])
def test_without_the_present_password_nothing_ends(ada, which, password):
    here, phone = signed_in(), signed_in()
    which = names(here)[0] if which == "one" else which

    answer = end(here, which, password)

    assert answer.status_code == 400
    assert is_in(phone)
    assert entries(ada.org) == []


def test_wrong_passwords_are_counted_as_refused_sign_ins(ada):
    here, phone = signed_in(), signed_in()
    wrong = [end(here, "others", "wrong").status_code for _ in range(MAX_FAILURES_PER_EMAIL)]

    right = end(here, "others")

    assert set(wrong) == {400}
    assert (right.status_code, "Retry-After" in right) == (429, True)
    assert is_in(phone)


def test_somebody_elses_session_cannot_be_named(ada):
    other = MembershipFactory(org=ada.org).user
    browser, theirs = Client(), sign_in(other)
    browser.force_login(other)
    here, _ = signed_in(), signed_in()
    owned = UserSession.objects.get(user=other)

    answers = [end(here, f"session-{owned.pk}"), end(here, f"tokens-{theirs.pk}")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "This session has ended already" in text_of(answers[0])
    assert is_in(browser)
    assert SignIn.objects.get(pk=theirs.pk).revoked_at is None


@pytest.mark.parametrize("which", ["", "session-", "session-x", "tokens-0", "others\0", None])
def test_what_is_none_of_the_list_is_refused(ada, which):
    here, phone = signed_in(), signed_in()

    answer = here.post(SESSIONS, {"password": PASSWORD} | ({"which": which} if which else {}))

    assert answer.status_code == 400
    assert is_in(phone)


def test_this_one_cannot_be_named(ada):
    here = signed_in()
    signed_in()
    mine = UserSession.objects.order_by("pk").first()

    assert end(here, f"session-{mine.pk}").status_code == 400
    assert is_in(here)


# What is kept of it.


def test_a_sessions_name_is_kept_beside_it_as_its_digest_alone(ada):
    key = signed_in().session.session_key

    (row,) = UserSession.objects.values()

    assert key not in repr(row)
    assert key.encode() not in bytes(row["digest"])


def test_a_page_asks_and_writes_nothing_for_it(ada):
    browser = signed_in()
    before = Session.objects.get().session_data

    with CaptureQueriesContext(connection) as captured:
        browser.get(SETTINGS)

    assert Session.objects.get().session_data == before
    assert [query for query in captured if "usersession" in query["sql"]] == []


def test_workers_remove_the_rows_of_sessions_that_are_gone(ada, clock):
    signed_in().post("/logout")
    signed_in()
    clock.move_to(NOW + timedelta(hours=11), tick=False)
    used = signed_in()
    clock.move_to(NOW + timedelta(hours=13), tick=False)

    look_after(ended=(), now=timezone.now())

    assert UserSession.objects.count() == 1
    assert is_in(used)
