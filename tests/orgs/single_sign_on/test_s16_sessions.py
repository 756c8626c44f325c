"""What a session that came through a provider reaches, and what ends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import Identity
from tests.orgs.single_sign_on.browsing import (
    CONNECT,
    DASHBOARD,
    DISCONNECT,
    EMAIL,
    LOGIN,
    PASSWORD,
    SETTINGS,
    come_in,
    log,
    signed_in,
    text_of,
)
from tests.orgs.single_sign_on.strangers import deactivated

pytestmark = pytest.mark.django_db


# What a session of one organization's provider reaches.


def test_s16_one_organizations_provider_reaches_no_other(client, idp, ada, elsewhere):
    come_in(client, idp)

    choice = client.post("/dashboard/organization", {"organization": elsewhere.org_id})
    page = text_of(client.get(SETTINGS))

    assert choice.status_code == 404
    assert "Acme" in page
    assert "Aaa first by name" not in page


def test_s16_the_other_organization_hears_nothing_of_it(client, idp, ada, elsewhere):
    come_in(client, idp)
    client.post("/logout")

    assert log(elsewhere.org) == []
    assert log(ada.org) == ["SSO_LINKED", "SIGN_IN", "SIGN_OUT"]


def test_s16_the_operators_own_provider_reaches_all(client, idp, ada, elsewhere, configure):
    configure(organization=None)

    come_in(client, idp)

    assert "Aaa first by name" in text_of(client.get(SETTINGS))
    assert log(elsewhere.org) == ["SSO_LINKED", "SIGN_IN"]


@pytest.mark.parametrize("page", ["/two-step", "/two-step/off", CONNECT])
def test_s16_one_organizations_provider_changes_nothing_of_the_account(client, idp, ada, page):
    come_in(client, idp)

    answers = [client.get(page), client.post(page, {})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "sign in with your password" in text_of(answers[0])


def test_s16_nor_does_it_disconnect(client, idp, ada):
    come_in(client, idp)

    assert client.post(DISCONNECT).status_code == 403
    assert Identity.objects.exclude(subject=None).exists()


def test_s16_one_organizations_provider_opens_no_support_page(client, idp, ada):
    ada.user.is_staff = ada.user.is_superuser = True
    ada.user.save()

    come_in(client, idp)

    assert client.get("/admin/orgs/organization/").status_code == 302


def test_s16_the_operators_own_opens_them(client, idp, ada, configure):
    ada.user.is_staff = ada.user.is_superuser = True
    ada.user.save()
    configure(organization=None)

    come_in(client, idp)

    assert client.get("/admin/orgs/organization/").status_code == 200


def test_s16_a_password_after_it_reaches_all_again(client, idp, ada, elsewhere):
    come_in(client, idp)
    client.post(LOGIN, {"email": EMAIL, "password": PASSWORD})

    assert "Aaa first by name" in text_of(client.get(SETTINGS))


def test_s16_and_it_narrows_a_session_that_reached_all(idp, ada, elsewhere):
    browser = signed_in(ada.user)

    come_in(browser, idp)

    assert "Aaa first by name" not in text_of(browser.get(SETTINGS))


# What ends it.


def test_s16_a_removed_member_is_out_at_once(client, idp, ada, elsewhere):
    come_in(client, idp)

    ada.delete()

    assert client.get(DASHBOARD).status_code == 403


def test_s16_a_deactivated_user_is_out_at_once(client, idp, ada):
    come_in(client, idp)

    deactivated(idp, ada)

    assert client.get(DASHBOARD).status_code == 302


@pytest.mark.parametrize(
    "change", [{"organization": None}, {"issuer": "https://other.example"}, {"second_factor": True}]
)
def test_s16_a_provider_that_becomes_another_ends_its_sessions(client, idp, ada, configure, change):
    come_in(client, idp)

    configure(**change)

    assert client.get(DASHBOARD).status_code == 302


def test_s16_a_provider_that_is_taken_away_ends_its_sessions(client, settings, idp, ada):
    come_in(client, idp)

    settings.OIDC_PROVIDERS = {}

    assert client.get(DASHBOARD).status_code == 302


def test_s16_a_session_of_a_provider_lasts_no_longer_than_any_other(client, idp, ada, time_machine):
    come_in(client, idp)
    was_in = client.get(DASHBOARD).status_code

    time_machine.move_to(timezone.now() + timedelta(hours=12, seconds=1))

    assert (was_in, client.get(DASHBOARD).status_code) == (200, 302)
