"""S11: no secret stands in any answer, page, log line or audit entry."""

import base64
import hashlib
import html
import logging
import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import serializers
from django.test import Client
from django.urls import reverse

from audit.models import AuditLogSaaS
from orgs.models import ApiKey, SignIn
from orgs.services import tokens
from tests.conftest import sign_in
from tests.factories import ApiKeyFactory, UserFactory
from tests.test_permissions import OWNER, TABLE, World, send

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
LINK = re.compile(r'href="([^"#]+)')
MOST_PAGES = 60


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world():
    """An organization whose owner holds one of each secret."""
    made = World()
    owner = made.members[OWNER]
    owner.user.set_password(PASSWORD)
    owner.user.is_staff = owner.user.is_superuser = True
    owner.user.save()
    made.key, made.sign_in = ApiKeyFactory(membership=owner), sign_in(owner.user)
    return made


@pytest.fixture
def secrets(world):
    """Every text that lets somebody in, or from which one could be guessed."""
    user = world.members[OWNER].user
    pair = tokens.issue(world.sign_in)
    digests = [bytes(key.digest) for key in ApiKey.objects.all()]
    return [
        world.key.text.split("_")[3],
        *(digest.hex() for digest in digests),
        *(base64.b64encode(digest).decode() for digest in digests),
        PASSWORD,
        user.password,
        user.password.split("$")[-1],
        world.sign_in.refresh_jti,
        *(token.split(".")[-1] for token in (pair.access, pair.refresh)),
    ]


def found_in(text, secrets):
    return [secret for secret in secrets if secret in text]


def crawl(browser, start, *, below):
    """(address, text) of each page below an address that links lead to."""
    waiting, seen = [start], {start}
    for _ in range(MOST_PAGES):
        if not waiting:
            return
        address = waiting.pop(0)
        answer = browser.get(address)
        text = b"".join(answer.streaming_content if answer.streaming else [answer.content])
        yield address, text.decode(errors="replace")
        for link in LINK.findall(text.decode(errors="replace")):
            near = urlsplit(urljoin(address, html.unescape(link)))
            target = near.path + (f"?{near.query}" if near.query else "")
            if not near.netloc and target.startswith(below) and target not in seen:
                seen.add(target)
                waiting.append(target)


@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "GET"], ids=str)
def test_s11_no_answer_of_the_api_holds_a_secret(api_as, world, secrets, row):
    answer = send(api_as(world.members[OWNER]), row, world.ids)

    assert answer.status_code == 200
    assert found_in(answer.content.decode(), secrets) == []


@pytest.mark.parametrize(
    ("start", "below"), [("/dashboard/compliance", "/dashboard/"), ("/admin/", "/admin/")]
)
def test_s11_no_page_holds_a_secret(world, secrets, start, below):
    browser, other = Client(), Client()
    for one in (browser, other):
        one.force_login(world.members[OWNER].user)
    names = [one.session.session_key for one in (browser, other)]
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    secrets = [*secrets, *names, *digests]

    pages = dict(crawl(browser, start, below=below))

    assert len(pages) > 8
    assert start == "/admin/" or "/dashboard/settings/sessions" in pages
    assert [address for address, text in pages.items() if found_in(text, secrets)] == []


def test_s11_the_api_document_holds_no_secret_and_no_example_of_one(anonymous, secrets):
    text = anonymous.get(reverse("api:schema")).content.decode()

    assert found_in(text, secrets) == []
    assert re.findall(r"cpl_(?:live|test)_\w{20,}|eyJ\w{20,}", text) == []


def test_s11_neither_the_log_nor_the_audit_log_holds_a_secret(api_as, world, secrets, caplog):
    caplog.set_level(logging.DEBUG)
    owner, client = world.members[OWNER], api_as(world.members[OWNER])
    email = owner.user.email

    made = client.post(reverse("api:key-list"), {"name": "ci", "role": "viewer"})
    rotate = reverse("api:key-rotate", args=[made.json()["id"]])
    rotated = client.post(rotate, {})
    pair = client.post(reverse("api:token"), {"email": email, "password": PASSWORD}).json()
    client.post(reverse("api:token-refresh"), {"refresh": pair["refresh"]})
    client.post(reverse("api:token"), {"email": email, "password": "mistyped by Ada"})
    client.get(reverse("api:key-list"), {"key": world.key.text})
    new = [made.json()["key"].split("_")[3], rotated.json()["key"].split("_")[3], *pair.values()]

    log = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db")
    )
    audit = serializers.serialize("json", AuditLogSaaS.objects.all())
    assert found_in(log + audit, [*secrets, *new, "mistyped by Ada"]) == []
    assert [made["Cache-Control"], rotated["Cache-Control"]] == ["no-store"] * 2


def test_s11_a_secret_is_in_no_text_of_an_object(world, secrets):
    key, row = world.key, SignIn.objects.get(pk=world.sign_in.pk)
    issued = tokens.issue(row)

    shown = "".join(map(repr, (key, row, issued, UserFactory(), world.members[OWNER].user)))

    assert found_in(shown, secrets) == []
