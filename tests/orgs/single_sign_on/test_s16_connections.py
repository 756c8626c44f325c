"""Connecting, disconnecting, and the second step."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from orgs.models import Identity
from tests.factories import MembershipFactory, UserFactory
from tests.orgs.single_sign_on.browsing import (
    CONNECT,
    DASHBOARD,
    DISCONNECT,
    LOGIN,
    NOBODY,
    PASSWORD,
    SETTINGS,
    come_in,
    go,
    is_in,
    log,
    signed_in,
    text_of,
)
from tests.orgs.single_sign_on.strangers import (
    unproven_here,
)
from tests.pages.test_passwords import ask, follow, link_in_mail

pytestmark = pytest.mark.django_db


# Connecting and disconnecting.


def test_s16_a_member_connects_whoever_they_are_there(idp, ada):
    unproven_here(idp, ada)
    idp.person = {"sub": "x-7"}  # neither the same email nor any
    browser = signed_in(ada.user)

    path, query = go(browser, idp, at=CONNECT, password=PASSWORD)
    answer = browser.get(path, query)
    later = Client()
    come_in(later, idp)

    assert answer["Location"] == SETTINGS
    assert is_in(later)
    assert log(ada.org) == ["SSO_LINKED", "SIGN_IN"]
    assert "Disconnect" in text_of(browser.get(SETTINGS))


def test_s16_connecting_takes_the_password(idp, ada):
    browser = signed_in(ada.user)

    answer = browser.post(CONNECT, {"password": "wrong"})

    assert answer.status_code == 400
    assert "The present password is wrong." in text_of(answer)
    assert log() == ["SIGN_IN_FAILED"]
    assert idp.asked == []


def test_s16_who_is_connected_to_another_cannot_be_taken_over(idp, ada):
    other = UserFactory(email="bob@example.com")
    Identity.objects.create(user=other, issuer=idp.issuer, subject="ada-1")
    browser = signed_in(ada.user)

    path, query = go(browser, idp, at=CONNECT, password=PASSWORD)
    answer = browser.get(path, query)

    assert NOBODY in text_of(answer)
    assert Identity.objects.get().user == other


def test_s16_connecting_is_for_who_began_it(idp, ada):
    """Signed in as somebody else in the meantime, in the same browser."""
    browser = signed_in(ada.user)
    path, query = go(browser, idp, at=CONNECT, password=PASSWORD)
    kept = dict(browser.session)
    browser.force_login(MembershipFactory(org=ada.org).user)
    session = browser.session
    session["socialaccount_states"] = kept["socialaccount_states"]
    session.save()

    answer = browser.get(path, query)

    assert NOBODY in text_of(answer)
    assert not Identity.objects.exists()


def test_s16_nobody_goes_on_connecting_in_a_session_of_one_organizations_provider(idp, ada):
    browser = signed_in(ada.user)
    path, query = go(browser, idp, at=CONNECT, password=PASSWORD)
    come_in(browser, idp)
    idp.person = {"sub": "somebody else"}

    answer = browser.get(path, query)

    assert NOBODY in text_of(answer)
    assert Identity.objects.get().subject == "ada-1"


def test_s16_a_member_of_another_organization_connects_to_nothing(idp, ada):
    outsider = MembershipFactory(user=UserFactory(email="eve@example.com", password=PASSWORD))
    browser = signed_in(outsider.user)

    path, query = go(browser, idp, at=CONNECT, password=PASSWORD)

    assert NOBODY in text_of(browser.get(path, query))
    assert "Acme Directory" not in text_of(browser.get(SETTINGS))


def test_s16_disconnected_is_disconnected(idp, ada):
    came_through, browser = Client(), signed_in(ada.user)
    come_in(came_through, idp)

    answer = browser.post(DISCONNECT)
    again = come_in(Client(), idp)

    assert answer["Location"] == SETTINGS
    assert NOBODY in text_of(again)
    assert (is_in(browser), is_in(came_through)) == (True, False)
    assert log(ada.org) == ["SSO_LINKED", "SIGN_IN", "SSO_UNLINKED", "SSO_FAILED"]


def test_s16_what_is_not_connected_is_not_disconnected(ada):
    assert signed_in(ada.user).post(DISCONNECT).status_code == 404


def test_s16_a_mails_link_proves_the_email(client, idp, ada):
    unproven_here(idp, ada)
    ask(client)
    new = {"new_password1": "staple under the bed", "new_password2": "staple under the bed"}
    client.post(follow(client, link_in_mail()), new)

    come_in(client, idp)

    assert is_in(client)


def test_s16_a_link_that_a_command_prints_proves_no_email(client, idp, ada, capsys):
    unproven_here(idp, ada)
    call_command("password_link", email=ada.user.email)
    link = re.search(r"http://127.0.0.1:8000(/\S+)", capsys.readouterr().out)[1]
    new = {"new_password1": "staple under the bed", "new_password2": "staple under the bed"}
    client.post(follow(client, link), new)

    come_in(client, idp)

    ada.user.refresh_from_db()
    assert ada.user.check_password("staple under the bed")
    assert not is_in(client)


# The second step.


def test_s16_the_second_step_is_asked_as_after_a_password(client, idp, ada, second_step, elsewhere):
    answer = come_in(client, idp, next=SETTINGS)
    before = is_in(client)
    done = client.post(answer["Location"], {"code": second_step})

    assert answer["Location"] == f"/login/code?next={SETTINGS}"
    assert not before
    assert done["Location"] == SETTINGS
    assert "Aaa first by name" not in text_of(client.get(SETTINGS))


def test_s16_a_provider_that_asks_for_one_is_believed(client, idp, ada, second_step, configure):
    configure(second_factor=True)
    ada.org.requires_mfa = True
    ada.org.save()

    answer = come_in(client, idp)

    assert answer["Location"] == DASHBOARD
    assert is_in(client)


@pytest.mark.parametrize("asks", [True, False])
def test_s16_where_everybody_needs_one_a_provider_that_asks_for_it_is_believed(
    settings, idp, ada, configure, asks
):
    settings.MFA_REQUIRED = True
    configure(second_factor=asks)
    browser = Client()

    come_in(browser, idp)

    assert is_in(browser) is asks


def test_s16_where_an_organization_requires_it_the_others_do_not_do(client, idp, ada):
    ada.org.requires_mfa = True
    ada.org.save()

    come_in(client, idp)

    assert client.get(DASHBOARD)["Location"] == "/two-step"


def test_s16_half_a_sign_in_ends_with_its_provider(client, settings, idp, ada, second_step):
    come_in(client, idp)
    settings.OIDC_PROVIDERS = {}

    answer = client.post("/login/code", {"code": second_step})

    assert answer["Location"] == LOGIN
