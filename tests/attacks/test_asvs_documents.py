"""docs/controls.md and docs/api.md say what the code does."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from codestax.common.paging import MAX_LIMIT
from compliance.api.serializers import CHECK_TYPES, MAX_DAYS, MAX_DISABLED, MAX_KEYS
from compliance.domain.conditions import default_condition
from compliance.domain.custom_frameworks import MAX_CONTROLS
from compliance.services import MAX_CUSTOM_FRAMEWORKS
from orgs.domain.passwords import PRODUCT_WORDS
from orgs.pages.forms import _PASSWORD_CHARS
from orgs.services import guessing, sessions
from orgs.services.password_words import MIN_CHARS
from orgs.services.sign_in import LONGEST
from tests.attacks.addresses import ROUTES

DOCS = Path(__file__).parents[2] / "docs"
CONTROLS, API, OPERATIONS = (
    (DOCS / name).read_text("utf-8") for name in ("controls.md", "api.md", "operations.md")
)


def section(name):
    return CONTROLS.split(f"\n## {name}\n")[1].split("\n## ")[0]


def rows(name):
    """The rows of a section's tables, each a list of cells, without the headings."""
    lines = re.findall(r"^\| (.+) \|$", section(name), re.MULTILINE)
    cells = [line.split(" | ") for line in lines]
    return [row for row in cells if not row[0].startswith("---")]


def values(name):
    found = [row for row in rows(name) if len(row) == 2]
    return {what: int(value.replace(",", "")) for what, value in found if value[0].isdigit()}


def test_every_door_is_in_the_table():
    doors = " ".join(row[0] for row in rows("Doors"))
    routed = {route.pattern for route in ROUTES if "login" in route.pattern}

    missing = [
        pattern
        for pattern in sorted(routed | {"api/auth/token", "api/auth/token/refresh"})
        if f"/{pattern.replace('<slug:provider_id>', '<id>').split('<id>')[0]}" not in doors
        and pattern not in {"login/code", "api/auth/token/revoke"}
    ]
    assert missing == []


def test_the_limits_of_guessing_are_those_of_the_page():
    assert list(values("Guessing and floods").values()) == [
        guessing.MAX_FAILURES_PER_EMAIL,
        guessing.MAX_EMAILS_PER_ADDRESS,
        guessing.WINDOW.total_seconds() / 60,
        guessing.MAX_FAILURES_PER_EMAIL,
    ]


def test_the_rules_of_passwords_are_those_of_the_page():
    assert list(values("Passwords").values()) == [
        MIN_CHARS,
        _PASSWORD_CHARS,
        len(CommonPasswordValidator().passwords),
        settings.PASSWORD_RESET_TIMEOUT / 3600,
    ]


def test_the_words_that_no_password_is_made_of_are_listed():
    listed = re.search(r"- the product's: (.+);", section("Passwords"))[1]

    assert tuple(re.findall("`(.+?)`", listed)) == PRODUCT_WORDS


def test_the_lives_of_sessions_are_those_of_the_page():
    units = {"minutes": "minutes", "hours": "hours", "days": "days"}
    told = [
        timedelta(**{units[unit]: int(number)})
        for _, value in rows("Sessions")[1:]
        for number, unit in [value.split()]
    ]

    assert told == [
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
        timedelta(seconds=settings.SESSION_MAX_SECONDS),
        settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"],
        settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
        LONGEST,
        timedelta(seconds=sessions._HALF_SECONDS),
    ]


def test_the_limits_of_input_are_those_of_the_page():
    assert list(values("Input").values()) == [
        MAX_CUSTOM_FRAMEWORKS,
        MAX_CONTROLS,
        MAX_KEYS,
        MAX_DISABLED,
        MAX_LIMIT,
        MAX_DAYS,
        settings.UPLOAD_MAX_SENT_BYTES,
        settings.UPLOAD_MAX_UNPACKED_BYTES,
        settings.UPLOAD_MAX_RESULTS,
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    ]


def test_the_defaults_of_check_types_are_those_of_the_page():
    table = API.split("### Check types and pass conditions")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", table, re.MULTILINE))

    assert told == {check_type: default_condition(check_type) for check_type in CHECK_TYPES}


ENDPOINT = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]+)`")
ROLES = [
    (method, path, role.split(",")[0])
    for row in re.findall(r"^\| (`[A-Z]+ /.+)", API, re.MULTILINE)
    for role in [row.split(" | ")[1].strip()]
    for method, path in ENDPOINT.findall(row.split(" | ")[0])
    if role in {"viewer", "member", "admin", "owner", "admin, signed in"}
]


@pytest.mark.parametrize(("method", "path", "role"), ROLES)
def test_an_endpoint_asks_for_the_role_that_its_page_says(method, path, role):
    view = resolve("/api" + re.sub(r"\{\w+\}", "1", path)).func.view_class

    assert (view.read_role if method == "GET" else view.write_role) == role


def test_every_operation_of_the_api_is_on_its_page():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    operations = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path.removeprefix("/api")))
        for path, methods in paths.items()
        for method in methods
    }
    listed = {(m, re.sub(r"\{\w+\}", "{}", path)) for m, path in ENDPOINT.findall(API)}

    assert operations - listed == set()


def test_what_nobody_reads_is_a_field_of_no_answer():
    nobodys = next(row[0] for row in rows("Who may what") if row[1] == "nobody")
    names = set(re.findall("`(.+?)`", nobodys))
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    answered = {
        field
        for name, schema in schemas.items()
        if not name.endswith("InRequest")
        for field in schema.get("properties", {})
    }

    assert len(names) > 4
    assert names & answered == set()


def test_every_table_is_in_a_class_of_data():
    listed = set(re.findall(r"`([a-z]+\.\w+)`", " ".join(row[1] for row in rows("Data"))))
    tables = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.app_label != "socialaccount"
    }

    assert listed == tables


def test_every_setting_that_is_an_address_is_a_connection():
    source = (DOCS.parent / "codestax/settings.py").read_text("utf-8")
    source += (DOCS.parent / "manage.py").read_text("utf-8")
    addresses = set(re.findall(r'"(\w+_URL|OIDC_PROVIDERS)"', source)) - {"LOGIN_URL", "STATIC_URL"}

    assert [name for name in addresses if f"`{name}`" not in section("Connections")] == []


def test_the_product_logs_to_standard_error_alone():
    handlers = settings.LOGGING["handlers"].values()

    assert [handler["class"] for handler in handlers] == ["logging.StreamHandler"]
    assert all("filename" not in handler for handler in handlers)
    assert "standard error" in section("Logs")
    assert logging.getLogger("codestax.refusals").handlers == []


def test_every_secret_can_be_a_file_and_is_in_the_table_of_operations():
    source = "".join(path.read_text("utf-8") for path in (DOCS.parent / "codestax").rglob("*.py"))
    readers = r"(?:_secret|env_secrets?|env_providers|env_scanner_keys)"
    read = set(re.findall(readers + r"\(\s*\"([A-Z_]+)\"", source))
    table = OPERATIONS.split("\n## Secrets\n")[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == read
    assert {"SECRET_KEY", "DATABASE_URL", "OIDC_PROVIDERS"} <= read
