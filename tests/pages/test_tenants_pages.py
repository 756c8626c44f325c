"""No page shows or changes another organization's rows, with the first wall or without it."""

from urllib.parse import urlencode

import pytest
from django.urls import URLPattern, get_resolver, reverse

from orgs.domain.roles import Role
from orgs.pages.scoping import CHOSEN
from tests.test_tenants import leaked, open_query_sets, walls, worlds
from tests.worlds import dump

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

__all__ = ["open_query_sets", "walls", "worlds"]  # fixtures

KEYWORDS = {
    "repo_id": lambda world: world.repository.pk,
    "key_id": lambda world: world.key.pk,
    "member_id": lambda world: world.other_member.pk,
    "framework_key": lambda world: world.framework,
    "provider_id": lambda world: world.org.slug,
}
# A link out of somebody's mail is the credential itself; it names no organization.
NOBODYS = {"password-reset-confirm"}


def patterns(found=None, prefix=""):
    for pattern in found or get_resolver().url_patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield path, pattern
        else:
            yield from patterns(pattern.url_patterns, path)


ROUTES = {
    pattern.name: list(pattern.pattern.converters)
    for path, pattern in patterns()
    if not path.startswith(("api/", "admin/", "healthz/"))
    and pattern.name
    and pattern.name not in NOBODYS
}


def form_of(world):
    """What forms of the pages may name of an organization; each takes what it knows."""
    return {
        "organization": world.org.pk,
        "org": world.org.pk,
        "repo_id": world.repository.pk,
        "framework": world.framework,
        "keys": world.framework,
        "key": f"{world.word}_new",
        "role": "member",
        "disabled": "X-1",
        "branch": world.scan.branch,
        "actor": world.other_member.user.email,
    }


def address(route, world):
    return reverse(route, kwargs={name: KEYWORDS[name](world) for name in ROUTES[route]})


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", ROUTES)
def test_s1_no_page_shows_or_changes_another_organizations_rows(
    page_as, worlds, walls, route, method
):
    ours, theirs = worlds
    browser = page_as(ours.members[Role.OWNER])
    session = browser.session
    session[CHOSEN] = theirs.org.pk  # as if it had been forged
    session.save()
    before = dump(theirs)

    answers = [
        getattr(browser, method)(f"{address(route, theirs)}?{urlencode(form_of(theirs))}"),
        getattr(browser, method)(address(route, theirs), form_of(theirs)),
        getattr(browser, method)(address(route, ours), form_of(theirs)),
    ]

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert leaked(b"".join(map(content_of, answers)), theirs) == []
    assert dump(theirs) == before


def test_every_part_of_a_pages_address_has_a_value_here():
    assert {name for names in ROUTES.values() for name in names} == KEYWORDS.keys()
