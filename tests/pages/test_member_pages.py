"""The members' page of the settings."""

import re

import pytest

from orgs.models import Membership
from tests.pages.addresses import MEMBERS, member_of, text_of

pytestmark = pytest.mark.django_db


def test_the_members_page_asks_as_much_for_one_member_as_for_fifty(
    owner, owners_page, django_assert_num_queries
):
    for _ in range(49):
        member_of(owner.org, "viewer")

    with django_assert_num_queries(4):  # session, user, memberships, members
        page = text_of(owners_page.get(MEMBERS))

    assert page.count("/remove") == 50


def test_an_older_page_of_members_is_linked(owner, owners_page):
    for _ in range(50):
        member_of(owner.org, "viewer")
    link = re.search(r'href="([^"]+)" rel="next"', text_of(owners_page.get(MEMBERS)))[1]

    page = text_of(owners_page.get(link))

    assert owner.user.email in page
    assert 'rel="prev"' in page


def test_a_cursor_that_we_did_not_write_is_a_400(owners_page):
    answer = owners_page.get(MEMBERS, {"cursor": "x"})

    assert answer.status_code == 400
    assert "start at its first" in text_of(answer)


def test_an_admin_adds_a_member(owner, owners_page, log):
    answer = owners_page.post(MEMBERS, {"email": "New@example.com", "role": "member"}, follow=True)

    added = Membership.objects.of(owner.org).get(user__email="new@example.com")
    assert added.role == "member"
    assert "new@example.com is a member now." in text_of(answer)
    assert log() == [("MEMBER_ADDED", owner.org_id)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "x"}, "Enter a valid email address."),
        ({"role": "king"}, "Select a valid choice."),
        ({"email": ""}, "This field is required."),
        ({"email": "a\0b@example.com"}, "Null characters are not allowed."),
    ],
    ids=["no_email", "no_role", "empty", "nul"],
)
def test_a_bad_member_is_refused_at_the_field(owner, owners_page, fields, said):
    body = {"email": "new@example.com", "role": "viewer"} | fields

    answer = owners_page.post(MEMBERS, body)

    assert answer.status_code == 400
    assert said in text_of(answer)
    assert Membership.objects.of(owner.org).count() == 1


def test_a_second_membership_is_refused_with_the_apis_sentence(owner, owners_page):
    answer = owners_page.post(MEMBERS, {"email": owner.user.email, "role": "viewer"})

    assert answer.status_code == 400
    assert "The user with this email is a member already." in text_of(answer)


def test_a_role_is_changed(owner, owners_page, log):
    member = member_of(owner.org, "viewer")

    answer = owners_page.post(f"{MEMBERS}/{member.pk}/role", {"role": "admin"}, follow=True)

    member.refresh_from_db()
    assert member.role == "admin"
    assert "has the role admin now." in text_of(answer)
    assert log() == [("MEMBER_ROLE_CHANGED", owner.org_id)]


def test_a_role_that_there_is_not_is_a_400(owner, owners_page):
    member = member_of(owner.org, "viewer")

    assert owners_page.post(f"{MEMBERS}/{member.pk}/role", {"role": "king"}).status_code == 400


def test_a_member_is_removed(owner, owners_page, log):
    member = member_of(owner.org, "viewer")

    owners_page.post(f"{MEMBERS}/{member.pk}/remove")

    assert list(Membership.objects.of(owner.org)) == [owner]
    assert log() == [("MEMBER_REMOVED", owner.org_id)]


@pytest.mark.parametrize("act", [("role", {"role": "viewer"}), ("remove", {})], ids=lambda a: a[0])
def test_the_last_owner_stays(owner, owners_page, act):
    path, body = act

    answer = owners_page.post(f"{MEMBERS}/{owner.pk}/{path}", body, follow=True)

    owner.refresh_from_db()
    assert owner.role == "owner"
    assert "An organization needs an owner" in text_of(answer)


def test_an_admin_is_not_offered_what_only_owners_may(owner, page_as):
    admin = member_of(owner.org, "admin")

    page = text_of(page_as(admin).get(MEMBERS))

    assert f"{MEMBERS}/{owner.pk}/" not in page
    assert f"{MEMBERS}/{admin.pk}/" in page
    assert 'value="owner"' not in page


def test_an_admin_who_tries_to_make_an_owner_is_refused(owner, page_as):
    admin = member_of(owner.org, "admin")

    answer = page_as(admin).post(MEMBERS, {"email": "new@example.com", "role": "owner"})

    assert answer.status_code == 403
    assert Membership.objects.of(owner.org).count() == 2
