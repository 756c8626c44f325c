"""Who makes a signed-in browser send something: another site, or a link that is only opened."""

import pytest
from django.contrib.sessions.models import Session

from tests.attacks.addresses import NAMED, address
from tests.attacks.world import dump
from tests.rows import changed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = [route for route in NAMED if not route.is_api and not route.is_admin]
SUPPORT = [route for route in NAMED if route.is_admin]
API = [route for route in NAMED if route.is_api]
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# They are how one gets a session's or a token's credential: the body is the credential.
SIGN_IN = {"api:token", "api:token-refresh", "api:token-revoke"}
# What another site's form can send without asking first.
SIMPLE_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=B",
    "text/plain",
)


def refused(world, browser, routes, **options):
    """{(method, route): status} of each unsafe request to each route."""
    return {
        (method, route.name): browser.generic(
            method, address(route, world.ids), b"post=yes&role=owner", **options
        ).status_code
        for route in routes
        for method in UNSAFE
    }


@pytest.mark.parametrize("content_type", SIMPLE_TYPES)
def test_s24_no_page_takes_a_form_of_another_site(world, content_type):
    browser = world.browser(enforce_csrf_checks=True)
    before = dump()

    answers = refused(world, browser, PAGES, content_type=content_type)

    assert {key: status for key, status in answers.items() if status != 403} == {}
    assert changed(before, dump()) == []


@pytest.mark.parametrize("content_type", SIMPLE_TYPES)
def test_s24_no_support_page_takes_a_form_of_another_site(world, content_type):
    browser = world.browser(world.staff, enforce_csrf_checks=True)
    before = dump()

    answers = refused(world, browser, SUPPORT, content_type=content_type)

    assert {key: status for key, status in answers.items() if status != 403} == {}
    assert changed(before, dump()) == []


def test_s24_a_good_token_from_another_origin_is_refused(world):
    browser = world.browser(enforce_csrf_checks=True)
    browser.get("/dashboard/settings/members")
    token = browser.cookies["csrf"].value
    before = dump()

    answer = browser.post(
        "/dashboard/settings/members",
        {"email": "x@example.com", "role": "viewer", "csrfmiddlewaretoken": token},
        headers={"Origin": "https://evil.example"},
    )

    assert answer.status_code == 403
    assert changed(before, dump()) == []


@pytest.mark.parametrize("content_type", ["application/json", *SIMPLE_TYPES])
def test_s24_the_api_takes_no_session_as_a_credential(world, content_type):
    browser = world.browser()
    before = dump()

    answers = refused(
        world,
        browser,
        [route for route in API if route.name not in SIGN_IN],
        content_type=content_type,
    )

    assert set(answers.values()) <= {401, 405}
    assert 401 in answers.values()
    assert changed(before, dump()) == []


def test_s24_a_session_reads_nothing_of_the_api(world):
    browser = world.browser()
    routes = [route for route in API if route.name not in {*SIGN_IN, "api:schema", "api:docs"}]

    statuses = {browser.get(address(route, world.ids)).status_code for route in routes}

    assert statuses <= {401, 405}
    assert 200 not in statuses


READERS = {
    "a page": (lambda world: world.browser(), PAGES),
    "a support page": (lambda world: world.browser(world.staff), SUPPORT),
    "the api": (lambda world: world.by_key(), API),
}
# What changes something when it is sent in a body.
TEMPTING = "post=yes&_method=DELETE&action=delete_selected&role=owner&keys=soc2&choice=all"


@pytest.mark.parametrize("query", ["", TEMPTING], ids=["plain", "with a form's fields"])
@pytest.mark.parametrize(("reader", "routes"), READERS.values(), ids=READERS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_s24_opening_an_address_changes_nothing(world, reader, routes, method, query):
    client = reader(world)
    client.get("/api/repos")  # the key's last use is written once a minute
    before = dump()

    statuses = {
        route.name: client.generic(
            method, address(route, world.ids), QUERY_STRING=query
        ).status_code
        for route in routes
    }

    assert changed(before, dump()) == []
    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert method == "OPTIONS" or 200 in statuses.values()


def test_s24_opening_every_page_leaves_the_reader_signed_in(world):
    browser = world.browser()

    for route in PAGES:
        browser.get(address(route, world.ids))

    assert browser.get("/dashboard/settings").status_code == 200
    assert Session.objects.count() == 1


def test_s24_the_crawl_sees_a_change(world):
    before = dump()

    world.by_key().post("/api/repos", {"name": "new"}, format="json")

    assert set(changed(before, dump())) == {
        "scans.Repository",
        "audit.AuditHead",
        "audit.AuditLogSaaS",
    }


def test_s24_the_crawl_reaches_what_is_shown_of_one_row(world):
    browser, staff = world.browser(), world.browser(world.staff)
    opened = [
        *(browser.get(address(r, world.ids)) for r in PAGES if r.name == "dashboard-repo"),
        *(staff.get(address(r, world.ids)) for r in SUPPORT if r.name.endswith("_change")),
    ]

    assert {answer.status_code for answer in opened} == {200}
    assert len(opened) > 10
