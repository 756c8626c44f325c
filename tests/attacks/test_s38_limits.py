"""Lists longer than anybody means, and what is not there for anybody."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

from compliance.models import CustomFramework
from compliance.services import MAX_CUSTOM_FRAMEWORKS
from tests.attacks.addresses import NAMED, address
from tests.attacks.world import CONTROL, dump
from tests.factories import CustomFrameworkFactory
from tests.rows import changed

pytestmark = pytest.mark.django_db

CUSTOM = "/api/compliance/custom-frameworks"
TOO_MUCH = {
    "10,000 keys in a selection": (
        "PUT",
        "/api/compliance/frameworks/enabled",
        {"keys": [f"k{n}" for n in range(10_000)]},
        "200",
    ),
    "one key more than a selection may have": (
        "PUT",
        "/api/compliance/frameworks/enabled",
        {"keys": ["soc2"] * 201},
        "200",
    ),
    "10,000 disabled controls": (
        "PUT",
        "/api/compliance/frameworks/soc2/controls",
        {"disabled": ["CC8.1"] * 10_000},
        "500",
    ),
    "10,000 controls": (
        "POST",
        CUSTOM,
        {"key": "big", "name": "x", "controls": [CONTROL | {"id": str(n)} for n in range(10_000)]},
        "500",
    ),
    "a key of 65 characters": (
        "POST",
        CUSTOM,
        {"key": "k" * 65, "name": "x", "controls": [CONTROL]},
        "64",
    ),
    "10,000 languages": ("POST", "/api/repos", {"name": "x", "languages": ["a"] * 10_000}, "50"),
}


@pytest.mark.parametrize(("method", "path", "body", "limit"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_s38_more_than_the_limit_is_refused_and_the_limit_is_said(world, method, path, body, limit):
    before = dump()

    answer = getattr(world.by_key(), method.lower())(path, body, format="json")

    assert answer.status_code == 400
    assert limit in answer.json()["detail"]
    assert changed(before, dump()) == []


def test_s38_of_a_thousand_custom_frameworks_a_hundred_are_taken(world):
    CustomFrameworkFactory.create_batch(MAX_CUSTOM_FRAMEWORKS - 1, org=world.org)

    answer = world.by_key().post(
        CUSTOM, {"key": "more", "name": "x", "controls": [CONTROL]}, format="json"
    )

    assert answer.status_code == 400
    assert "100 custom frameworks" in answer.json()["detail"]
    assert CustomFramework.objects.of(world.org).count() == MAX_CUSTOM_FRAMEWORKS


@pytest.mark.parametrize("pattern", ["(a+)+$", ".*.*.*x", "%" * 60, "_" * 60, "\\" * 60])
@pytest.mark.parametrize("name", ["path", "tool", "rule_id"])
def test_s38_a_search_takes_no_pattern(world, name, pattern):
    answer = world.by_key().get(f"/api/repos/{world.repository.pk}/findings", {name: pattern})

    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND"])
def test_s39_the_api_knows_no_other_method(world, method):
    client = world.by_key()

    answers = {
        route.name: client.generic(method, address(route, world.ids)).status_code
        for route in NAMED
        if route.is_api
    }

    assert set(answers.values()) <= {403, 405}, answers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_s39_no_page_knows_another_method(world, method):
    browser = world.browser()

    answers = {
        route.name: browser.generic(method, address(route, world.ids)).status_code
        for route in NAMED
        if not route.is_api and not route.is_admin
    }

    # A link to set a password leads on to its form before the method is looked at.
    assert [name for name, status in answers.items() if status < 300] == []


@pytest.mark.parametrize(
    "path",
    [
        "/__debug__/",
        "/debug",
        "/api/v1/repos",
        "/api/browsable",
        "/api-auth/login/",
        "/api/schema.json",
        "/graphql",
        "/.env",
        "/.git/config",
        "/var/demo.json",
        "/static/../codestax/settings.py",
        "/static/%2e%2e/manage.py",
        "/media/",
        "/server-status",
        "/dashboard/_styleguide",
        "/metrics",
    ],
)
def test_s39_nothing_else_answers(world, path):
    assert world.browser().get(path).status_code == 404


def test_s39_the_api_shows_no_page_to_click_through(world):
    answer = world.by_key().get("/api/repos", headers={"Accept": "text/html"})

    assert answer["Content-Type"] == "application/json"


def test_s39_an_error_shows_nothing_of_the_code(world, monkeypatch):
    def broken(*arguments, **options):
        raise ValueError("s3cret")

    browser = Client(raise_request_exception=False)
    browser.force_login(world.members["owner"].user)
    monkeypatch.setattr("orgs.pages.members.list_page", broken)

    page = browser.get("/dashboard/settings/members").content.decode()

    assert [mark for mark in ("s3cret", "Traceback", "settings.py", "Django") if mark in page] == []


def test_s39_the_document_lists_exactly_the_routed_operations():
    def routed(patterns, prefix=""):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path, pattern.callback
            else:
                yield from routed(pattern.url_patterns, path)

    found = {
        ("/" + path.replace("<id:", "{").replace("<str:", "{").replace(">", "}"), method)
        for path, view in routed(get_resolver().url_patterns)
        if path.startswith("api/") and path not in ("api/schema", "api/docs")
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view.view_class, method)
    }
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    assert {(path, method) for path, operations in paths.items() for method in operations} == found
