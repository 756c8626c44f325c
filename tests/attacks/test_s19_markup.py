"""Markup that a stranger stored: shown as text on every page, wherever it was put."""

import json
import re

import pytest
from django.urls import get_resolver

from orgs.domain.roles import Role
from scans.models import Finding
from tests.attacks.addresses import NAMED, ROUTES, address
from tests.attacks.world import CONTROL, World
from tests.scans.sarif import report, result

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "${{7*7}}{{7*7}}{%debug%}",
    "</textarea></script><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
]


@pytest.fixture(params=PAYLOADS, ids=["script", "img", "uri", "template", "close", "quote"])
def payload(request):
    return request.param


def poisoned(payload):
    """A world in which every text that a client may send is the payload."""
    world = World()
    client = world.by_key()
    client.defaults["HTTP_USER_AGENT"] = payload
    client.patch(
        f"/api/repos/{world.repository.pk}", {"name": payload, "languages": [payload[:50]]}
    )
    control = CONTROL | {"name": payload, "category": payload, "description": payload}
    framework = {"key": "own", "name": payload, "description": payload, "controls": [control]}
    client.post("/api/compliance/custom-frameworks", framework)
    found = result(rule=payload, path=payload, helpUri=payload)
    body = report(found, tool=payload, category=payload)
    sent = client.post(
        f"/api/repos/{world.repository.pk}/scans", body, content_type="application/json"
    )
    assert sent.status_code == 201
    # Names that no interface lets a customer choose.
    type(world.org).objects.filter(pk=world.org.pk).update(name=payload)
    return world


def pages_of(world):
    browser, staff = world.browser(), world.browser(world.staff)
    for route in NAMED:
        if not route.is_api:
            reader = staff if route.is_admin else browser
            answer = reader.get(address(route, world.ids))
            if answer.get("Content-Type", "").startswith("text/html"):
                yield route.name, answer.content.decode()


def test_s19_what_was_stored_is_shown_as_text_on_every_page(payload):
    world = poisoned(payload)

    pages = dict(pages_of(world))

    raw = [
        name for name, page in pages.items() if re.search(r"[<>\"']", payload) and payload in page
    ]
    assert raw == []
    assert [
        n for n, page in pages.items() if re.search("(?i)(href|src|action)=.?javascript:", page)
    ] == []
    assert Finding.objects.of(world.org).filter(rule_id=payload).exists()


def test_s19_the_api_answers_markup_as_json(payload):
    world = poisoned(payload)

    answer = world.by_key().get(f"/api/repos/{world.repository.pk}/findings")

    assert answer["Content-Type"] == "application/json"
    assert payload in json.dumps(answer.json(), ensure_ascii=False).replace('\\"', '"')


def test_s20_no_route_gives_back_what_was_uploaded(world):
    names = [route.pattern for route in ROUTES]

    assert get_resolver().url_patterns
    assert [name for name in names if re.search("media|file|download|raw|attach", name)] == []


def test_s20_nothing_that_is_answered_is_the_uploads_bytes(world):
    body = report(result(rule="UNIQUE-MARK"))
    client = world.by_key()
    client.post(f"/api/repos/{world.repository.pk}/scans", body, content_type="application/json")

    answers = [client.get(address(route, world.ids)) for route in NAMED if route.is_api]

    assert [answer for answer in answers if body in answer.content] == []


EXPORTS = [
    route for route in NAMED if route.name in ("dashboard-audit-csv", "dashboard-audit-jsonl")
]


@pytest.mark.parametrize("route", EXPORTS, ids=str)
@pytest.mark.parametrize("text", ["../../etc/passwd", 'a"; filename="evil.html', "a\r\nX-Evil: 1"])
def test_s21_a_files_name_holds_nothing_that_was_sent(world, route, text):
    type(world.org).objects.filter(pk=world.org.pk).update(name=text, slug="x")
    browser = world.browser(world.members[Role.OWNER].user)

    answer = browser.post(address(route, world.ids), {"action": text, "filename": text})

    kind = route.name.rpartition("-")[2]
    assert answer["Content-Disposition"] == f'attachment; filename="audit-log.{kind}"'
    assert "X-Evil" not in answer
