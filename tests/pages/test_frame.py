"""What all pages of an organization share: headers, the membership, the switch, the errors."""

import re

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.pages.addresses import KEYS, MEMBERS, PAGES, member_of, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_an_organization_is_kept_by_nothing(owners_page, path):
    cache = owners_page.get(path)["Cache-Control"]

    assert "private" in cache
    assert "no-store" in cache


@pytest.mark.parametrize("path", [*PAGES, "/login", "/nothing"])
def test_s26_no_page_has_an_inline_style_or_script(owners_page, path):
    page = text_of(owners_page.get(path))

    assert re.findall(r"<style|style=|<script(?![^>]* src=)|\son\w+=|javascript:", page) == []


def test_every_page_of_a_signed_in_user_is_found_in_one_place(owners_page):
    page = text_of(owners_page.get("/dashboard/settings"))

    assert page.count('aria-current="page"') == 2  # the section and the tab
    assert '<a href="/dashboard/settings" aria-current="page">' in page


def test_a_settings_page_with_another_address_is_found_among_the_settings(owners_page):
    page = text_of(owners_page.get("/password/change"))

    assert '<a href="/dashboard/settings" aria-current="page">' in page


def test_an_ended_membership_opens_nothing_at_the_next_request(owner, page_as):
    leaver = member_of(owner.org, "admin")
    browser = page_as(leaver)
    leaver.delete()

    answer = browser.get("/dashboard/settings")

    assert answer.status_code == 403
    assert "is a member of no organization" in text_of(answer)
    assert owner.org.name not in text_of(answer)


def test_an_ended_membership_leaves_the_other_organization(owner, page_as):
    leaver = member_of(owner.org, "admin")
    other = MembershipFactory(user=leaver.user, role="viewer")
    browser = page_as(leaver)
    leaver.delete()

    page = text_of(browser.get("/dashboard/settings"))

    assert other.org.name in page
    assert owner.org.name not in page


def test_a_lowered_role_counts_at_the_next_request(owner, page_as):
    admin = member_of(owner.org, "admin")
    browser = page_as(admin)
    admin.role = "viewer"
    admin.save()

    assert browser.get(KEYS).status_code == 403


def test_an_inactive_user_is_signed_out(owner, owners_page):
    owner.user.is_active = False
    owner.user.save()

    assert owners_page.get("/dashboard/settings")["Location"].startswith("/login")


def failing(error):
    def fail(*args, **options):
        raise error

    return fail


# The organization that one acts for.


def test_one_acts_for_the_organization_that_one_chose(owner, owners_page):
    other = MembershipFactory(user=owner.user, role="viewer")

    answer = owners_page.post("/dashboard/organization", {"organization": other.org_id})

    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/compliance")
    assert f"Members of {other.org.name}" in text_of(owners_page.get(MEMBERS))


@pytest.mark.parametrize("wanted", ["another's", "0", "x", "", "9" * 40])
def test_an_organization_that_one_is_no_member_of_cannot_be_chosen(owner, owners_page, wanted):
    wanted = OrganizationFactory().pk if wanted == "another's" else wanted

    answer = owners_page.post("/dashboard/organization", {"organization": wanted})

    assert answer.status_code == 404
    assert f"Members of {owner.org.name}" in text_of(owners_page.get(MEMBERS))


def test_a_member_of_one_organization_is_offered_no_other(owners_page):
    assert "/dashboard/organization" not in text_of(owners_page.get("/dashboard/settings"))


def test_without_a_choice_the_first_organization_by_name_is_open():
    user = UserFactory()
    for name in ("Beta", "Alpha"):
        MembershipFactory(user=user, org=OrganizationFactory(name=name))
    browser = Client()
    browser.force_login(user)

    assert "Members of Alpha" in text_of(browser.get(MEMBERS))


# What people write is text.


def test_s19_names_and_emails_are_shown_as_text(page_as):
    hostile = '"><script>alert(1)</script>{{ 7|add:7 }}'
    org = OrganizationFactory(name=hostile)
    owner = MembershipFactory(org=org, user=UserFactory(email="<b>@example.com"))
    ApiKeyFactory(membership=owner, name=hostile)
    browser = page_as(owner)

    pages = [text_of(browser.get(path)) for path in PAGES]

    assert all("<script>alert" not in page and "<b>@" not in page for page in pages)
    assert all("{{ 7|add:7 }}" in page for page in pages)


# Pages of errors.


def test_the_styleguide_is_absent_outside_of_debug(owners_page):
    assert owners_page.get("/dashboard/_styleguide").status_code == 404


def test_the_styleguide_shows_the_components_in_debug(owners_page, settings):
    settings.DEBUG = True

    assert "badge--recommended" in text_of(owners_page.get("/dashboard/_styleguide"))


def test_an_unknown_page_says_so_and_leads_back(client):
    answer = client.get("/nothing")

    assert answer.status_code == 404
    assert "There is no such page" in text_of(answer)
    assert 'href="/"' in text_of(answer)


def test_a_role_that_is_too_low_is_named(owner, page_as):
    answer = page_as(member_of(owner.org, "viewer")).post(MEMBERS, {})

    assert answer.status_code == 403
    assert "Org admin role required." in text_of(answer)


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_page_says_so_while_the_database_is_away(owners_page, monkeypatch, error):
    owners_page.raise_request_exception = False
    monkeypatch.setattr("orgs.pages.members.list_page", failing(error))

    answer = owners_page.get(MEMBERS)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database does not answer" in text_of(answer)


def test_a_fault_of_ours_is_a_page_that_tells_nothing_of_it(owners_page, monkeypatch):
    owners_page.raise_request_exception = False
    monkeypatch.setattr("orgs.pages.members.list_page", failing(ValueError("s3cret")))

    answer = owners_page.get(MEMBERS)

    assert answer.status_code == 500
    assert "The server failed" in text_of(answer)
    assert "s3cret" not in text_of(answer)
