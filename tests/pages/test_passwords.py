"""New passwords through the pages: by who knows the old one, and by who reads the mail."""

import re

import pytest
from django.core import mail
from django.test import Client

from audit.models import AuditLogSaaS
from orgs.models import SignInFailure
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.factories import ApiKeyFactory, MembershipFactory
from tests.mails import sent_mails
from tests.pages.addresses import EMAIL, PASSWORD, is_signed_in, text_of

pytestmark = pytest.mark.django_db

NEW = "staple under the bed"
SENT, ENDED = "/password/reset/sent", "/password/reset/MQ/ended-link"


# A new password, by who knows the old one.


def change(browser, old=PASSWORD, new=NEW, **fields):
    body = {"old_password": old, "new_password1": new, "new_password2": new}
    return browser.post("/password/change", body | fields)


def test_a_new_password_keeps_this_session_and_ends_the_others(ada, page_as, log):
    here, elsewhere = page_as(ada), page_as(ada)

    answer = change(here)

    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/settings")
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert log() == [("PASSWORD_CHANGED", ada.org_id)]


def test_a_new_password_ends_all_tokens(ada, api_as, page_as):
    api = api_as(ada)

    change(page_as(ada))

    assert api.get("/api/repos").status_code == 401


def test_each_organization_of_the_user_reads_of_the_new_password_once(ada, page_as, log):
    other = MembershipFactory(user=ada.user, role="viewer")

    change(page_as(ada))

    assert log() == [("PASSWORD_CHANGED", ada.org_id), ("PASSWORD_CHANGED", other.org_id)]


def test_keys_end_with_the_old_password_where_that_is_asked(ada, page_as):
    key = ApiKeyFactory(membership=ada)
    others = ApiKeyFactory(membership=MembershipFactory(org=ada.org))

    change(page_as(ada), revoke_keys="on")

    key.refresh_from_db()
    others.refresh_from_db()
    assert key.revoked_at is not None
    assert others.revoked_at is None


def test_keys_go_on_otherwise(ada, api_as, page_as):
    key = ApiKeyFactory(membership=ada)

    change(page_as(ada))

    assert api_as(key).get("/api/repos").status_code == 200


def test_a_wrong_present_password_changes_nothing_and_counts(ada, page_as):
    browser = page_as(ada)

    answer = change(browser, old="wrong")

    ada.user.refresh_from_db()
    assert answer.status_code == 400
    assert "The present password is wrong." in answer.content.decode()
    assert SignInFailure.objects.count() == 1
    assert ada.user.check_password(PASSWORD)


@pytest.mark.parametrize("new", ["short", "password", EMAIL], ids=["short", "common", "like_email"])
def test_a_weak_password_is_refused(ada, page_as, new):
    answer = change(page_as(ada), new=new)

    ada.user.refresh_from_db()
    assert answer.status_code == 400
    assert ada.user.check_password(PASSWORD)


def test_a_viewer_changes_their_own_password(ada, page_as):
    ada.role = "viewer"
    ada.save()

    assert change(page_as(ada)).status_code == 302


# A new password, by who reads the account's mail.


def ask(browser, email=EMAIL):
    answer = browser.post("/password/reset", {"email": email})
    sent_mails()
    return answer


def sign_in(browser):
    return browser.post("/login", {"email": EMAIL, "password": PASSWORD})


def link_in_mail():
    return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]


def follow(browser, link):
    """Open the link; the address of the form that it leads to."""
    return browser.get(link)["Location"]


def test_a_link_in_a_mail_sets_the_password_and_ends_all_sessions(ada, client, page_as, log):
    elsewhere = page_as(ada)
    ask(client)
    form = follow(client, link_in_mail())

    answer = client.post(form, {"new_password1": NEW, "new_password2": NEW})

    ada.user.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert ada.user.check_password(NEW)
    assert not is_signed_in(elsewhere)
    assert log() == [("PASSWORD_RESET", ada.org_id)]
    assert AuditLogSaaS.objects.latest("pk").actor_email == EMAIL


def test_a_reset_ends_all_tokens(ada, api_as, client):
    api = api_as(ada)
    ask(client)

    client.post(follow(client, link_in_mail()), {"new_password1": NEW, "new_password2": NEW})

    assert api.get("/api/repos").status_code == 401


def test_a_link_is_good_once(ada, client):
    ask(client)
    link = link_in_mail()
    client.post(follow(client, link), {"new_password1": NEW, "new_password2": NEW})

    assert "The link has ended" in Client().get(link).content.decode()


def test_a_sign_in_ends_older_links(ada, client):
    ask(client)
    sign_in(client)

    assert "The link has ended" in Client().get(link_in_mail()).content.decode()


@pytest.mark.parametrize(
    "link",
    ["/password/reset/x/y", f"/password/reset/{'A' * 400}/y", "/password/reset/MQ/set-password"],
)
def test_a_link_that_we_did_not_write_has_ended(client, link):
    answer = client.get(link)

    assert answer.status_code == 200
    assert "The link has ended" in answer.content.decode()


@pytest.mark.parametrize(("hours", "said"), [(1, "1 hour"), (24, "24 hours"), (72, "72 hours")])
def test_mails_and_pages_say_how_long_a_link_is_good(ada, client, settings, hours, said):
    settings.PASSWORD_RESET_TIMEOUT = hours * 3600

    ask(client)
    texts = [mail.outbox[-1].body, *(text_of(client.get(page)) for page in (SENT, ENDED))]

    assert [text for text in texts if not re.search(f"good once, for {said}[.:]", text)] == []


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"], ids=["known", "unknown"])
def test_the_answer_does_not_tell_who_is_known(ada, client, email, django_assert_num_queries):
    with django_assert_num_queries(4):  # the limit; its clean-up, its count; the user
        answer = ask(client, email)

    assert (answer.status_code, answer["Location"]) == (302, "/password/reset/sent")


def test_an_unknown_and_an_inactive_user_get_no_mail(ada, client):
    ada.user.is_active = False
    ada.user.save()

    ask(client)
    ask(client, "nobody@example.com")

    assert mail.outbox == []


def test_a_member_without_a_password_sets_their_first(ada, client):
    ada.user.set_unusable_password()
    ada.user.save()
    ask(client)

    client.post(follow(client, link_in_mail()), {"new_password1": NEW, "new_password2": NEW})

    ada.user.refresh_from_db()
    assert ada.user.check_password(NEW)


def test_nobody_fills_a_mailbox_with_links(ada, client):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        ask(client)

    assert ask(client).status_code == 429
    assert len(mail.outbox) == MAX_FAILURES_PER_EMAIL


def test_asking_for_links_locks_nobody_out(ada, client):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        ask(client)

    assert sign_in(client).status_code == 302


def test_a_mail_server_that_is_away_is_logged_without_the_address(ada, client, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    answer = ask(client)

    assert answer.status_code == 302
    assert "EMAIL_URL" in caplog.text
    assert EMAIL not in caplog.text
