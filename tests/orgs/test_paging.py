from base64 import urlsafe_b64encode

import pytest
from django.urls import reverse

from orgs.models import Membership
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

MEMBERS = reverse("api:member-list")


@pytest.fixture
def owner():
    return MembershipFactory()


@pytest.fixture
def client(api_as, owner):
    return api_as(owner)


def ids(page):
    return [row["id"] for row in page["results"]]


def cursor(text):
    return urlsafe_b64encode(text.encode()).decode()


def walk(client, url, link):
    """The pages from `url` on, along one kind of link."""
    while url:
        page = client.get(url).json()
        yield page
        url = page[link]


def test_pages_hold_every_row_once_and_newest_first(client, owner):
    MembershipFactory.create_batch(6, org=owner.org)

    pages = list(walk(client, f"{MEMBERS}?limit=3", "next"))

    expected = list(Membership.objects.order_by("-id").values_list("id", flat=True))
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert [pk for page in pages for pk in ids(page)] == expected


def test_way_back_is_the_same_way(client, owner):
    MembershipFactory.create_batch(6, org=owner.org)
    there = list(walk(client, f"{MEMBERS}?limit=3", "next"))

    back = list(walk(client, there[-1]["previous"], "previous"))

    assert [ids(page) for page in back] == [ids(page) for page in reversed(there[:-1])]
    assert back[-1]["previous"] is None


def test_single_page_has_no_neighbours(client):
    page = client.get(MEMBERS).json()

    assert (page["next"], page["previous"]) == (None, None)


def test_full_page_without_more_rows_has_no_next(client, owner):
    MembershipFactory.create_batch(2, org=owner.org)

    assert client.get(f"{MEMBERS}?limit=3").json()["next"] is None


def test_rows_added_meanwhile_move_nothing(client, owner):
    MembershipFactory.create_batch(3, org=owner.org)
    first = client.get(f"{MEMBERS}?limit=2").json()
    MembershipFactory.create_batch(2, org=owner.org)

    second = client.get(first["next"]).json()

    assert not set(ids(first)) & set(ids(second))
    assert len(ids(second)) == 2


def test_row_added_meanwhile_is_on_the_page_before(client, owner):
    MembershipFactory.create_batch(3, org=owner.org)
    second = client.get(client.get(f"{MEMBERS}?limit=2").json()["next"]).json()
    added = MembershipFactory(org=owner.org)

    pages = list(walk(client, second["previous"], "previous"))

    assert added.pk in ids(pages[-1])


def test_links_are_whole_urls_that_keep_the_query(client, owner):
    MembershipFactory.create_batch(3, org=owner.org)

    link = client.get(f"{MEMBERS}?limit=2&colour=red").json()["next"]

    assert link.startswith("http://testserver/api/members?limit=2&colour=red&cursor=")


def test_empty_pages_at_both_ends_lead_to_the_rows(client, owner):
    newer, older = cursor(f"n{owner.pk}"), cursor(f"o{owner.pk}")

    before = client.get(f"{MEMBERS}?cursor={newer}").json()
    after = client.get(f"{MEMBERS}?cursor={older}").json()

    assert ids(before) == ids(after) == []
    assert ids(client.get(before["next"]).json()) == [owner.pk]
    assert ids(client.get(after["previous"]).json()) == [owner.pk]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1e2", "٣", "", "x", "1.0", "9" * 30, " 5"])
def test_bad_limit_is_refused(client, limit):
    response = client.get(MEMBERS, {"limit": limit})

    assert response.status_code == 400
    assert response.json()["detail"].startswith("limit: ")


@pytest.mark.parametrize("limit", ["1", "200"])
def test_limits_are_inclusive(client, limit):
    assert client.get(MEMBERS, {"limit": limit}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "é",
        "=",
        "\0",
        "bzEy\n",
        cursor("o"),
        cursor("o-1"),
        cursor("x1"),
        cursor("o" + "9" * 19),
    ],
)
def test_bad_cursor_is_refused(client, text):
    response = client.get(MEMBERS, {"cursor": text})

    assert response.status_code == 400
    assert response.json()["detail"].startswith("cursor: ")


def test_default_is_fifty_rows(client, owner):
    MembershipFactory.create_batch(50, org=owner.org)

    assert len(client.get(MEMBERS).json()["results"]) == 50
