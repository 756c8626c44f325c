"""What answers tell of their content, and who may keep them (OWASP ASVS 5.0.0, V4, V13, V14)."""

import re
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader
from gunicorn.http.parser import RequestParser

from tests.attacks.addresses import NAMED, address
from tests.codestax.test_start import ROOT

pytestmark = pytest.mark.django_db

STATIC = Path(__file__).parents[2] / "codestax/static/codestax"
# Of no organization, and the same for everybody.
PUBLIC = {"admin:jsi18n"}


def answers(world):
    """Every answer to a GET of every route, by a member, by support staff and by a key."""
    readers = {"member": world.browser(), "staff": world.browser(world.staff)}
    found = {}
    for route in NAMED:
        for name, reader in readers.items() if not route.is_api else [("key", world.by_key())]:
            found[f"{route.name} of {name}"] = reader.get(address(route, world.ids))
    return found


@pytest.mark.slow
def test_every_answer_says_of_what_type_it_is_and_texts_their_encoding(world):
    types = {
        name: answer.get("Content-Type", "")
        for name, answer in answers(world).items()
        if answer.getvalue()
    }

    # application/json has no charset: RFC 8259 makes it UTF-8.
    good = re.compile(
        r"application/(x-nd)?json|application/vnd\.oai\.openapi(; charset=utf-8)?"
        r"|text/[\w.+-]+; charset=\"?utf-8\"?",
        re.IGNORECASE,
    )
    assert {name: kind for name, kind in types.items() if not good.fullmatch(kind)} == {}


@pytest.mark.slow
def test_no_answer_is_kept_by_a_browser_or_by_anything_between(world):
    kept = {
        name: answer.get("Cache-Control")
        for name, answer in answers(world).items()
        if name.partition(" ")[0] not in PUBLIC
        and not {"private", "no-store"} <= set(answer.get("Cache-Control", "").split(", "))
    }

    assert kept == {}


@pytest.mark.parametrize("path", ["/api/repos", "/dashboard/compliance", "/login", "/nothing"])
def test_a_refusal_and_a_strangers_page_are_not_kept_either(path):
    assert "no-store" in Client().get(path)["Cache-Control"]


def test_a_style_sheet_may_be_kept(world):
    answer = world.browser().get("/static/codestax/app.css")
    answer.getvalue()

    assert "no-store" not in answer.get("Cache-Control", "")


def test_scripts_keep_nothing_in_the_browser():
    scripts = "".join(path.read_text("utf-8") for path in STATIC.rglob("*.?js"))

    assert scripts
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie", scripts) == []


def test_a_browser_holds_no_cookie_but_the_session_and_the_forms_token(world):
    browser = world.browser()

    browser.post("/dashboard/frameworks", {"choice": "all"})  # what it says stands on the next page
    browser.get("/dashboard/frameworks")

    assert {*browser.cookies} <= {"session", "csrf"}


@pytest.mark.parametrize(
    "path", ["/static/", "/static/codestax/", "/static/codestax/js/", "/static"]
)
def test_no_folder_is_listed(path):
    assert Client().get(path).status_code == 404


SMUGGLED = b"POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding: xchunked",
    ],
    ids=range(6),
)
def test_the_server_refuses_a_request_of_two_lengths(headers):
    parser = RequestParser(Config(), iter([SMUGGLED % headers]), ("192.0.2.1", 1))

    with pytest.raises((InvalidHeader, Exception), match=r"(?i)header|transfer|coding"):
        next(parser)


SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|\bcpl_(?:live|test)_\w{20,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bghp_\w{36}\b|\bxox[bp]-[\w-]{20,}|^(?:SECRET_KEY|JWT_SIGNING_KEY) = [\"']"
)


def test_no_secret_stands_in_the_products_source():
    listed = subprocess.run(
        ["git", "ls-files", "codestax", "orgs", "scans", "compliance", "audit", "templates"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    texts = {name: (ROOT / name).read_text("utf-8", "replace") for name in listed}

    assert len(texts) > 100
    assert [name for name, text in texts.items() if SECRET.search(text)] == []
