"""What somebody who came through a provider sees of their sessions, and may end."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orgs.models import SignIn, UserSession
from tests.conftest import sign_in
from tests.orgs.single_sign_on.browsing import (
    PASSWORD,
    SETTINGS,
    come_in,
    go,
    is_in,
    log,
    signed_in,
    text_of,
)

pytestmark = pytest.mark.django_db

SESSIONS = f"{SETTINGS}/sessions"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(timezone.now().replace(microsecond=0), tick=False)
    return time_machine


@pytest.fixture
def through(idp):
    """Another browser that has come in through the provider."""

    def browser():
        made = Client()
        come_in(made, idp)
        return made

    return browser


def end(browser, which, **password):
    return browser.post(SESSIONS, {"which": which} | password)


def names(browser):
    return [name for name in _values(browser) if name != "others"]


def _values(browser):
    text = text_of(browser.get(SESSIONS))
    return [part.split('"')[1] for part in text.split('name="which"')[1:]]


def session_of(browser):
    """The name of a browser's own session, as it was the last to sign in."""
    return f"session-{UserSession.objects.latest('pk').pk}"


def test_s16_a_session_is_listed_with_its_provider(ada, through):
    here, _ = signed_in(ada.user), through()

    assert "through Acme Directory" in text_of(here.get(SESSIONS))


def test_s16_what_a_provider_opened_that_is_gone_is_not_listed(ada, through, settings):
    here, _ = signed_in(ada.user), through()
    were = len(names(here))

    settings.OIDC_PROVIDERS = {}

    assert (were, names(here)) == (1, [])


def test_s16_one_organizations_provider_shows_its_own_sessions_alone(ada, through):
    signed_in(ada.user)
    sign_in(ada.user)
    there = through()
    theirs = session_of(there)

    here = through()

    assert names(here) == [theirs]
    assert "only its sessions are here" in text_of(here.get(SESSIONS))


def test_s16_nor_those_of_another_organizations_provider(idp, ada, elsewhere, configure, through):
    through()
    configure(elsewhere.org.slug, "other")
    here = Client()

    path, query = go(here, idp, "/login/sso/other")
    here.get(path, query)

    assert is_in(here)
    assert names(here) == []


@pytest.mark.parametrize("password", [{}, {"password": PASSWORD}])
def test_s16_what_it_does_not_show_it_does_not_end(ada, through, password):
    whole = signed_in(ada.user)
    name, pair = session_of(whole), sign_in(ada.user)
    here = through()

    answers = [end(here, one, **password) for one in (name, f"tokens-{pair.pk}")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert is_in(whole)
    assert SignIn.objects.get().revoked_at is None


def test_s16_all_others_are_those_of_the_organization(ada, elsewhere, through):
    whole, pair, there = signed_in(ada.user), sign_in(ada.user), through()
    here = through()

    end(here, "others")

    assert (is_in(there), is_in(here), is_in(whole)) == (False, True, True)
    assert SignIn.objects.get(pk=pair.pk).revoked_at is None
    assert log(ada.org)[-1] == "SESSIONS_ENDED"
    assert "SESSIONS_ENDED" not in log(elsewhere.org)


def test_s16_a_session_of_the_whole_account_ends_one_of_a_provider(ada, through):
    there, here = through(), signed_in(ada.user)
    (name,) = names(here)

    end(here, name, password=PASSWORD)

    assert (is_in(there), is_in(here)) == (False, True)


def test_s16_for_ten_minutes_the_provider_stands_for_the_password(ada, through, clock):
    there, here = through(), through()
    (name,) = names(here)
    page = text_of(here.get(SESSIONS))

    assert 'type="password"' not in page
    assert end(here, name).status_code == 302
    assert not is_in(there)


def test_s16_after_them_it_takes_the_password_or_coming_in_again(idp, ada, through, clock):
    there, here = through(), through()
    (name,) = names(here)
    clock.move_to(timezone.now() + timedelta(minutes=10), tick=False)

    page, refused = text_of(here.get(SESSIONS)), end(here, name)
    was_in = is_in(there)
    come_in(here, idp)

    assert 'type="password"' in page
    assert "come in through single sign-on again" in page
    assert (refused.status_code, was_in) == (400, True)
    assert end(here, name).status_code == 302
    assert not is_in(there)


def test_s16_the_operators_own_provider_shows_and_ends_all(ada, configure, through):
    configure(organization=None)
    whole, pair = signed_in(ada.user), sign_in(ada.user)
    here = through()

    shown = names(here)
    end(here, "others")

    assert len(shown) == 2
    assert (is_in(whole), is_in(here)) == (False, True)
    assert SignIn.objects.get(pk=pair.pk).revoked_at is not None
