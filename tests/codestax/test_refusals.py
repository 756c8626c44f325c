"""The log's line of a refused request, for whoever runs the product."""

import logging
import time

import pytest
from django.test import Client
from rest_framework.test import APIClient

from codestax.common.logs import OneLineFormatter
from orgs.domain.keys import Environment, make_key
from tests.factories import ApiKeyFactory, MembershipFactory
from tests.orgs.test_two_step import signed_in

pytestmark = pytest.mark.django_db

FROM = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def lines(caplog):
    def read():
        return [one.getMessage() for one in caplog.records if one.name == "codestax.refusals"]

    return read


def test_a_key_that_may_not_is_named_with_its_member(lines):
    key = ApiKeyFactory(membership=MembershipFactory(role="viewer"))

    client = APIClient(headers={"X-API-Key": key.text}, **FROM)
    client.post("/api/repos", {"name": "x"}, format="json")

    email = key.membership.user.email
    assert lines() == [f"403 POST /api/repos user={email} key={key.prefix} ip=192.0.2.7"]


def test_a_member_whose_role_is_too_low_is_named(lines):
    viewer = MembershipFactory(role="viewer")

    signed_in(viewer).get("/dashboard/settings/keys", **FROM)

    email = viewer.user.email
    assert lines() == [f"403 GET /dashboard/settings/keys user={email} key=- ip=192.0.2.7"]


def test_a_credential_that_is_none_is_a_line_without_it(lines):
    bad = make_key(Environment.TEST).text

    APIClient(headers={"X-API-Key": bad}, **FROM).get("/api/repos")

    assert lines() == ["401 GET /api/repos user=- key=- ip=192.0.2.7"]


def test_bad_input_is_a_line(lines):
    key = ApiKeyFactory()

    APIClient(headers={"X-API-Key": key.text}).post("/api/repos", {"name": ""}, format="json")

    assert [line[:20] for line in lines()] == ["400 POST /api/repos "]


def test_a_form_of_another_site_is_a_line(lines):
    Client(enforce_csrf_checks=True).post("/logout", **FROM)

    assert lines() == ["403 POST /logout user=- key=- ip=192.0.2.7"]


def test_what_is_sent_in_the_clear_is_a_line(lines, settings):
    settings.SECURE_SSL_REDIRECT = True

    Client().get("/api/repos", **FROM)

    assert lines() == ["403 GET /api/repos user=- key=- ip=192.0.2.7"]


@pytest.mark.parametrize("path", ["/api/keys/{}", "/nothing?token={}"])
def test_a_secret_of_an_address_is_in_no_line(lines, path):
    key = make_key(Environment.TEST).text

    Client().get(path.format(key))

    assert len(lines()) == 1
    assert key not in lines()[0]


def test_what_is_answered_is_no_line(lines):
    key = ApiKeyFactory()

    APIClient(headers={"X-API-Key": key.text}).get("/api/repos")

    assert lines() == []


def test_nobody_is_looked_up_to_be_named(lines, django_assert_num_queries):
    browser = signed_in(MembershipFactory())

    with django_assert_num_queries(0):
        browser.get("/healthz/nothing", headers={"Host": "evil.example"})

    assert [line[:4] for line in lines()] == ["400 "]


def test_a_fault_is_logged_with_its_traceback(caplog, monkeypatch):
    def broken(*arguments, **options):
        raise ValueError("a fault of ours")

    monkeypatch.setattr("codestax.health.MigrationExecutor", broken)

    Client(raise_request_exception=False).get("/healthz/ready")

    (record,) = (one for one in caplog.records if one.name == "django.request")
    assert record.levelname == "ERROR"
    assert record.exc_info[0] is ValueError


@pytest.fixture
def in_tokyo(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_lines_time_is_utc_wherever_the_host_is_and_says_so(in_tokyo):
    record = logging.makeLogRecord({"created": 1_795_626_000.5, "msecs": 500, "msg": "x"})
    formats = [one.formatter for one in logging.getLogger().handlers if one.formatter]

    (line,) = (one.format(record) for one in formats if isinstance(one, OneLineFormatter))

    assert line.startswith("2026-11-25T17:00:00.500Z ")
