"""Every authentication is written down, with how it was done (OWASP ASVS 5.0.0, 16.3.1)."""

import logging

import pytest
from django.test import Client
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from orgs.domain.keys import Environment, make_key
from orgs.services import second_factor, tokens
from tests.codestax.test_start import PRODUCTION, start
from tests.conftest import sign_in
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory
from tests.orgs.single_sign_on.browsing import come_in
from tests.orgs.single_sign_on.conftest import acme, configure, idp  # noqa: F401 - fixtures
from tests.orgs.test_two_step import App

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
TOKEN, REFRESH, REPOS = "/api/auth/token", "/api/auth/token/refresh", "/api/repos"
LOGIN, CODE, ADMIN, PAGE = "/login", "/login/code", "/admin/login/", "/dashboard/settings"
FROM = {"REMOTE_ADDR": "192.0.2.7"}
LOGGER = "codestax.common.authentications"


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada():
    user = UserFactory(
        email=EMAIL, password=PASSWORD, proven_email=EMAIL, is_staff=True, is_superuser=True
    )
    return MembershipFactory(user=user, org__slug="acme")


@pytest.fixture
def app(ada):
    secret = second_factor.new_secret()
    return App(secret, second_factor.begin(ada.user, secret))


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, LOGGER)

    def read():
        return [one.getMessage() for one in caplog.records if one.name == LOGGER]

    return read


def factors(org):
    return [
        row.metadata["factors"] for row in AuditLogSaaS.objects.of(org).filter(action="SIGN_IN")
    ]


# A sign-in's entry says which factors were asked.


def by_the_page(code=None):
    browser = Client()
    browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD})
    return code and browser.post(CODE, {"code": code})


def by_the_support_page(code=None):
    browser = Client()
    browser.post(ADMIN, {"username": EMAIL, "password": PASSWORD})
    return code and browser.post(CODE, {"code": code})


def by_tokens(code=None):
    otp = {"otp": code} if code else {}
    return APIClient().post(TOKEN, {"email": EMAIL, "password": PASSWORD} | otp)


DOORS = [by_the_page, by_the_support_page, by_tokens]


@pytest.mark.parametrize("comes", DOORS)
def test_a_sign_in_by_password_says_so(ada, comes):
    comes()

    assert factors(ada.org) == [["password"]]


@pytest.mark.parametrize("comes", DOORS)
def test_a_sign_in_with_an_apps_code_says_so(ada, app, comes):
    comes(app.code())

    assert factors(ada.org) == [["password", "totp"]]


@pytest.mark.parametrize("comes", DOORS)
def test_a_sign_in_with_a_recovery_code_says_so(ada, app, comes):
    comes(app.recovery[0])

    assert factors(ada.org) == [["password", "recovery_code"]]


def test_a_sign_in_through_a_provider_says_so(ada, idp, configure):  # noqa: F811
    come_in(Client(), idp)

    assert factors(ada.org) == [["single_sign_on"]]


def test_a_sign_in_through_a_provider_with_a_code_says_both(ada, app, idp, configure):  # noqa: F811
    browser = Client()
    come_in(browser, idp)
    browser.post(CODE, {"code": app.code()})

    assert factors(ada.org) == [["single_sign_on", "totp"]]


# What hangs on it, and API keys, is a line of the process's log.


def test_a_request_by_an_api_key_is_a_line(lines):
    key = ApiKeyFactory()

    APIClient(headers={"X-API-Key": key.text}, **FROM).get(REPOS)

    user = key.membership.user_id
    assert lines() == [f"api_key user={user} key={key.prefix} ip=192.0.2.7"]


def test_a_request_by_an_access_token_is_a_line(lines, ada):
    access = tokens.issue(sign_in(ada.user)).access

    APIClient(headers={"Authorization": f"Bearer {access}"}, **FROM).get(REPOS)

    assert lines() == [f"access_token user={ada.user_id} key=- ip=192.0.2.7"]


def test_a_refresh_of_tokens_is_a_line(lines, ada):
    token = tokens.issue(sign_in(ada.user)).refresh

    APIClient(**FROM).post(REFRESH, {"refresh": token})

    assert lines() == [f"refresh_token user={ada.user_id} key=- ip=192.0.2.7"]


@pytest.mark.parametrize("path", [PAGE, "/admin/"])
def test_a_page_that_a_session_opens_is_a_line(lines, ada, path):
    browser = Client(**FROM)
    browser.force_login(ada.user)

    browser.get(path)

    assert lines() == [f"session user={ada.user_id} key=- ip=192.0.2.7"]


def test_who_is_refused_or_a_stranger_is_no_line_of_it(lines, ada):
    pair = sign_in(ada.user)
    spent = tokens.issue(pair).refresh
    APIClient().post(REFRESH, {"refresh": spent})
    one = len(lines())

    for headers in (
        {"X-API-Key": make_key(Environment.TEST).text},
        {"Authorization": "Bearer x"},
        {},
    ):
        APIClient(headers=headers).get(REPOS)
    APIClient().post(REFRESH, {"refresh": spent})
    Client().get(PAGE)
    Client().get(LOGIN)

    assert len(lines()) == one == 1


def test_a_session_that_has_ended_is_no_line(lines, ada):
    browser = Client()
    browser.force_login(ada.user)
    ada.user.set_password("staple under the bed")
    ada.user.save()

    browser.get(PAGE)

    assert lines() == []


def test_no_line_holds_what_opens_a_door(lines, ada):
    key, pair = ApiKeyFactory(), tokens.issue(sign_in(ada.user))
    browser = Client()
    browser.force_login(ada.user)

    APIClient(headers={"X-API-Key": key.text}).get(REPOS)
    APIClient(headers={"Authorization": f"Bearer {pair.access}"}).get(REPOS)
    APIClient().post(REFRESH, {"refresh": pair.refresh})
    browser.get(PAGE)

    secrets = [key.text, pair.access, pair.refresh, browser.session.session_key]
    assert len(lines()) == 4
    assert [secret for secret in secrets if secret in "".join(lines())] == []


# Where it is on.

ASK = f"""
import django, logging
django.setup()
print(logging.getLogger({LOGGER!r}).isEnabledFor(logging.INFO))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "is_on"),
    [
        ({}, "False"),
        ({"AUTHENTICATION_LOG": "true"}, "True"),
        (PRODUCTION, "True"),
        (PRODUCTION | {"AUTHENTICATION_LOG": "false"}, "False"),
    ],
)
def test_it_is_on_in_production_and_where_it_is_asked_for(tmp_path, environment, is_on):
    settings = {"DJANGO_SETTINGS_MODULE": "codestax.settings"}

    done = start(tmp_path / "var", "-c", ASK, **settings, **environment)

    assert done.stdout.strip() == is_on, done.stderr
