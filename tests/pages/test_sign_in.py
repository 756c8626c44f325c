"""Sign-in, sign-out and passwords through the pages, under the API's rules."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLogSaaS
from orgs.models import SignInFailure, User
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.pages.addresses import EMAIL, PASSWORD, SETTINGS, is_signed_in

pytestmark = pytest.mark.django_db

WRONG = "The email or the password is wrong."


@pytest.fixture
def submit(client):
    def post(password=PASSWORD, *, email=EMAIL, query="", **fields):
        return client.post(f"/login{query}", {"email": email, "password": password} | fields)

    return post


def test_a_good_sign_in_opens_the_dashboard_and_is_recorded_as_the_apis(ada, submit, log):
    answer = submit(email=EMAIL.upper())

    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/compliance")
    assert log() == [("SIGN_IN", ada.org_id)]
    assert AuditLogSaaS.objects.latest("pk").actor_email == EMAIL


def test_a_sign_in_starts_a_new_session(ada, client, submit):
    client.get("/login")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key

    submit()

    assert client.session.session_key != before


@pytest.mark.parametrize(
    "attempt",
    [{"password": "wrong"}, {"email": "nobody@example.com"}],
    ids=["wrong_password", "unknown_email"],
)
def test_a_refused_sign_in_says_the_same_whoever_it_names(ada, client, submit, log, attempt):
    answer = submit(**attempt)

    assert answer.status_code == 400
    assert WRONG in answer.content.decode()
    assert [action for action, _ in log()] == ["SIGN_IN_FAILED"]
    assert SignInFailure.objects.count() == 1
    assert not is_signed_in(client)


def test_an_inactive_user_is_refused_like_a_wrong_password(ada, submit):
    ada.user.is_active = False
    ada.user.save()

    assert WRONG in submit().content.decode()


def test_the_typed_password_does_not_come_back(ada, submit):
    assert "hunter2" not in submit("hunter2").content.decode()


def test_an_account_waits_after_as_many_failures_as_at_the_api(ada, submit):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        submit("wrong")

    answer = submit()

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert "wait before you try again" in answer.content.decode()


def test_failures_at_the_api_count_for_the_page(ada, anonymous, submit):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        anonymous.post(reverse("api:token"), {"email": EMAIL, "password": "wrong"})

    assert submit().status_code == 429


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/compliance"])
def test_a_stranger_is_sent_to_sign_in(client, path):
    answer = client.get(path, follow=True)

    assert answer.redirect_chain[-1] == ("/login?next=/dashboard/compliance", 302)


def test_after_sign_in_one_is_where_one_wanted_to_go(ada, client, submit):
    wanted = client.get("/dashboard/settings/members?cursor=bzU=")["Location"]

    answer = submit(query=wanted.removeprefix("/login"))

    assert answer["Location"] == "/dashboard/settings/members?cursor=bzU="


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "%2f%2fevil.example",
        "javascript:alert(1)",
        "\thttps://evil.example",
        "http://testserver@evil.example/",
        "",
    ],
)
@pytest.mark.parametrize("sent_in", ["query", "form"])
def test_s25_next_never_leads_to_another_site(ada, client, target, sent_in):
    query, fields = ({}, {"next": target}) if sent_in == "form" else ({"next": target}, {})

    answer = client.post(
        "/login", {"email": EMAIL, "password": PASSWORD} | fields, query_params=query
    )

    assert answer["Location"] == "/dashboard/compliance"


def test_who_has_signed_in_is_not_asked_again(ada, page_as):
    answer = page_as(ada).get("/login?next=/dashboard/settings")

    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/settings")


def test_a_form_that_a_stranger_posts_is_not_a_place_to_come_back_to(client):
    answer = client.post("/dashboard/settings/members", {"email": "x@example.com"})

    assert answer["Location"] == "/login?next=/"


def test_sign_out_ends_the_session_and_is_recorded(ada, page_as, log):
    browser = page_as(ada)

    answer = browser.post("/logout")

    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert log() == [("SIGN_OUT", ada.org_id)]
    assert not is_signed_in(browser)


@pytest.mark.parametrize("key", ["", "short", "x" * 32, '"\\000aaaaaaaaaaaaaaa"', "é" * 20])
def test_a_session_that_does_not_exist_is_a_stranger(client, key):
    answer = client.get(SETTINGS, headers={"Cookie": f"session={key}"})

    assert (answer.status_code, answer["Location"]) == (302, f"/login?next={SETTINGS}")


def test_a_session_that_has_ended_is_a_stranger(ada, page_as):
    browser = page_as(ada)
    Session.objects.update(expire_date=timezone.now())

    assert not is_signed_in(browser)


def test_an_account_that_was_deactivated_is_a_stranger(ada, page_as):
    browser = page_as(ada)
    User.objects.filter(pk=ada.user_id).update(is_active=False)

    assert not is_signed_in(browser)


def test_sign_out_is_no_link(ada, page_as):
    browser = page_as(ada)

    assert browser.get("/logout").status_code == 405
    assert is_signed_in(browser)


@pytest.mark.parametrize("path", ["/login", "/logout", "/password/reset", "/password/change"])
def test_a_form_from_another_site_is_refused(ada, page_as, path):
    answer = page_as(ada, enforce_csrf_checks=True).post(path)

    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()
