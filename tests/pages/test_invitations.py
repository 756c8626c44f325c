"""The mail to somebody who was added, over the API and the dashboard."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from orgs.models import Membership, User
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.mails import sent_mails
from tests.pages.addresses import MEMBERS, text_of

pytestmark = pytest.mark.django_db

NEW, PASSWORD = "new@example.com", "correct horse battery"


@pytest.fixture
def owner():
    user = UserFactory(email="grace@example.com")
    return MembershipFactory(org__name="Acme Works", user=user)


@pytest.fixture
def mails(django_capture_on_commit_callbacks):
    """Do something, and return the mails that its commit sends."""

    def sent_by(action):
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            action()
        return sent_mails()[before:]

    return sent_by


@pytest.fixture
def add(api_as, owner, mails):
    """Add a member over the API; the mails that are sent."""

    def added(email=NEW, role="viewer"):
        body = {"email": email, "role": role}
        return mails(lambda: api_as(owner).post("/api/members", body))

    return added


@pytest.fixture
def resend(page_as, owner, mails):
    def sent(member):
        return mails(lambda: page_as(owner).post(f"{MEMBERS}/{member.pk}/invitation"))

    return sent


def invited(owner, **fields):
    return MembershipFactory(org=owner.org, role="viewer", user__email=NEW, **fields)


def test_who_is_added_reads_where_by_whom_and_how_to_come_in(add):
    (message,) = add()

    assert message.to == [NEW]
    assert message.subject == "Your invitation to CodeStax"
    assert "a member of Acme Works at CodeStax now, added by grace@example.com" in message.body


def test_the_link_sets_the_first_password(add, client):
    (message,) = add()
    link = re.search(r"http://testserver(/password/reset/\S+)", message.body)[1]
    form = client.get(link)["Location"]

    client.post(form, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    answer = client.post("/login", {"email": NEW, "password": PASSWORD})
    assert answer.status_code == 302


def test_who_has_a_password_gets_the_address_of_the_sign_in_and_no_other_link(add):
    UserFactory(email=NEW, password=PASSWORD)

    (message,) = add()

    assert re.findall(r"http\S+", message.body) == ["http://testserver/login"]


def test_who_adds_cannot_tell_whether_the_email_was_known(owner, page_as):
    UserFactory(email="known@example.com", password=PASSWORD, last_login=timezone.now())
    browser = page_as(owner)

    pages = [
        text_of(browser.post(MEMBERS, {"email": email, "role": "viewer"}, follow=True))
        for email in ("known@example.com", "fresh@example.com")
    ]

    known, fresh = (re.search(r"\S+ is a member now[^<]*", page)[0] for page in pages)
    assert known.replace("known", "fresh") == fresh
    assert pages[1].count("Invited ") == 2


def test_who_is_deactivated_gets_no_mail(add):
    UserFactory(email=NEW, is_active=False)

    assert add() == []


def test_a_refused_addition_sends_nothing(add, owner):
    assert add(owner.user.email) == []


def test_a_name_adds_no_header_and_no_line(add, owner):
    owner.org.name = "Acme\r\nBcc: x@example.com\n\nPay here"
    owner.org.save()

    (message,) = add()

    assert "Bcc" not in "".join(message.message().keys())
    assert "Acme Bcc: x@example.com Pay here at CodeStax" in message.body


def test_a_mail_server_that_is_away_is_a_warning_and_the_member_stays(add, owner, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    add()

    assert Membership.objects.of(owner.org).filter(user__email=NEW).exists()
    assert "A mail could not be sent" in caplog.text
    assert NEW not in caplog.text


def test_who_is_added_and_removed_again_and_again_is_not_flooded(add, owner, api_as):
    sent = []
    for _ in range(MAX_FAILURES_PER_EMAIL + 1):
        sent += add()
        member = Membership.objects.of(owner.org).get(user__email=NEW)
        api_as(owner).delete(f"/api/members/{member.pk}")

    assert len(sent) == MAX_FAILURES_PER_EMAIL


def test_a_member_of_the_command_line_gets_no_mail(mails):
    from django.core.management import call_command  # noqa: PLC0415

    organization = OrganizationFactory()
    command = ["create_api_key", "--org", organization.slug, "--email", NEW, "--role", "viewer"]

    assert mails(lambda: call_command(*command)) == []
    assert Membership.objects.of(organization).get().invited_at is None


# Again.


def test_an_invitation_is_sent_again_in_one_act(owner, resend, log):
    member = invited(owner)

    (message,) = resend(member)

    member.refresh_from_db()
    assert message.to == [NEW]
    assert member.invited_at is not None
    assert log() == [("INVITATION_RESENT", owner.org_id)]


def test_who_has_signed_in_is_not_invited_again(owner, resend, log, page_as):
    member = invited(owner)
    User.objects.filter(pk=member.user_id).update(last_login=timezone.now())

    assert resend(member) == []
    assert log() == []
    assert "Resend invitation" not in text_of(page_as(owner).get(MEMBERS))


def test_an_earlier_sign_in_is_none_to_this_organization(owner, resend):
    member = invited(owner)
    before = member.created_at - timedelta(days=1)
    User.objects.filter(pk=member.user_id).update(last_login=before)

    assert len(resend(member)) == 1


def test_signing_in_by_the_api_is_coming_in(owner, anonymous):
    user = UserFactory(email=NEW, password=PASSWORD)
    member = MembershipFactory(org=owner.org, user=user)

    anonymous.post("/api/auth/token", {"email": NEW, "password": PASSWORD})

    member = Membership.objects.select_related("user").get(pk=member.pk)
    assert member.has_come_in


def test_resending_waits_after_some_and_leaves_no_entry(owner, page_as, log):
    path = f"{MEMBERS}/{invited(owner).pk}/invitation"
    browser = page_as(owner)
    for _ in range(MAX_FAILURES_PER_EMAIL):
        browser.post(path)

    answer = browser.post(path)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "This invitation was sent several times" in text_of(answer)
    assert len(log()) == MAX_FAILURES_PER_EMAIL


def test_resending_to_many_locks_nobodys_sign_in(owner, page_as, anonymous):
    UserFactory(email="ada@example.com", password=PASSWORD)
    for _ in range(MAX_FAILURES_PER_EMAIL + 1):
        member = MembershipFactory(org=owner.org, role="viewer")
        page_as(owner).post(f"{MEMBERS}/{member.pk}/invitation")

    answer = anonymous.post("/api/auth/token", {"email": "ada@example.com", "password": PASSWORD})

    assert answer.status_code == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("member", 403), ("admin", 302)])
def test_only_admins_resend(owner, page_as, role, status):
    asking = MembershipFactory(org=owner.org, role=role)

    assert page_as(asking).post(f"{MEMBERS}/{invited(owner).pk}/invitation").status_code == status


def test_an_admin_does_not_deal_with_owners(owner, page_as):
    asking = MembershipFactory(org=owner.org, role="admin")
    other = MembershipFactory(org=owner.org, role="owner")

    assert page_as(asking).post(f"{MEMBERS}/{other.pk}/invitation").status_code == 403


def test_another_organizations_member_is_not_found(owner, page_as):
    other = MembershipFactory()

    assert page_as(owner).post(f"{MEMBERS}/{other.pk}/invitation").status_code == 404
    other.refresh_from_db()
    assert other.invited_at is None


def test_opening_the_address_sends_nothing(owner, page_as, mails):
    path = f"{MEMBERS}/{invited(owner).pk}/invitation"

    assert mails(lambda: page_as(owner).get(path)) == []
    assert page_as(owner).get(path).status_code == 405
