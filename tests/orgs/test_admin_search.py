"""How support finds an organization, and that a pasted key is kept nowhere."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from orgs.domain.keys import Environment, make_key, without_secrets
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orgs_organization_changelist")


@pytest.fixture
def support(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def search(client, words, path=LIST):
    """What the page's own form does."""
    return client.post(path, {"q": words, "_search": "1"}, follow=True)


def found(page):
    return list(page.context["cl"].result_list)


WORDS = {
    "name": lambda key: key.org.name.upper(),
    "part_of_the_name": lambda key: key.org.name[:7],
    "two_words": lambda key: f"{key.org.name[:7]} {key.org.slug}",
    "slug": lambda key: key.org.slug,
    "email": lambda key: key.membership.user.email.upper(),
    "prefix": lambda key: key.prefix,
    "id": lambda key: key.public_id,
    "start_of_the_prefix": lambda key: key.prefix[:13],
    "prefix_with_a_dash": lambda key: f"{key.prefix}_",
    "whole_key": lambda key: key.text,
    "key_in_a_line": lambda key: f"  {key.text} ",
    "key_that_was_cut": lambda key: key.text[:40],
    "key_without_its_start": lambda key: key.text.removeprefix("cpl_test_"),
}
PASTED = [WORDS["whole_key"], WORDS["key_without_its_start"]]
COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_an_organization_is_found_by(support, words):
    org = OrganizationFactory(name="Globex Works", slug="globex")
    key = ApiKeyFactory(membership__org=org, membership__user__email="hank@globex.example")
    ApiKeyFactory()

    assert found(search(support, words(key))) == [org]


def test_what_is_nobodys_finds_nothing(support):
    ApiKeyFactory()

    assert found(search(support, make_key(Environment.TEST).text)) == []


def test_an_organization_is_listed_once_however_often_it_fits(support):
    org = OrganizationFactory(name="Example", slug="example")
    for _ in range(3):
        ApiKeyFactory(membership=MembershipFactory(org=org))

    assert found(search(support, "example")) == [org]


@pytest.mark.parametrize("model", ["organization", "apikey", "user", "membership"])
@pytest.mark.parametrize("words", PASTED, ids=["whole_key", "key_without_its_start"])
def test_of_a_pasted_key_the_address_and_the_page_hold_its_id_alone(support, model, words):
    key = ApiKeyFactory()

    page = search(support, words(key), reverse(f"admin:orgs_{model}_changelist"))

    assert key.public_id in page.redirect_chain[-1][0]
    told = "".join(address for address, _ in page.redirect_chain) + page.content.decode()
    assert [part for part in key.text.split("_")[3:] if part in told] == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_an_address_that_holds_a_key_leads_to_one_that_does_not(support, signed_in, caplog):
    caplog.set_level(logging.DEBUG)
    client, key = support if signed_in else Client(), ApiKeyFactory()

    answer = client.get(LIST, {"q": f"{key.text}", "plan__exact": "team"})

    assert answer.status_code == 302
    assert key.prefix in answer["Location"]
    assert "plan__exact=team" in answer["Location"]
    secret = key.text.split("_")[3]
    assert secret not in answer["Location"] + answer.content.decode() + caplog.text


def test_a_search_keeps_the_filter(support):
    org = OrganizationFactory(name="Globex", plan="free")
    OrganizationFactory(name="Globex too", plan="team")

    page = support.post(LIST, {"q": "Globex", "plan__exact": "free", "_search": "1"}, follow=True)

    assert found(page) == [org]


def test_a_search_stays_on_its_page(support):
    answer = support.post(LIST, {"q": "//evil.example", "_search": "1"})

    assert answer["Location"].startswith(f"{LIST}?")


def test_a_search_shows_nothing_to_strangers(client):
    answer = client.post(LIST, {"q": "acme", "_search": "1"}, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/admin/login/")


@pytest.mark.parametrize("words", ["", " ", "'", "%", "\\", "_", "a\0b", "é" * 300, "cpl_test_"])
def test_no_search_breaks_the_list(support, words):
    assert search(support, words).status_code == 200


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("words", ["", "organization"])
def test_any_number_of_organizations_is_the_same_number_of_queries(
    support, django_assert_num_queries, count, words
):
    for _ in range(count):
        ApiKeyFactory()

    # The session, the user, two counts, the page.
    with django_assert_num_queries(5):
        assert len(found(support.get(LIST, {"q": words} if words else {}))) == count


@pytest.mark.parametrize(
    "text",
    ["acme", "cpl_test_", "cpl_test_0123456789", "a_b", "9fceb02d0ae598e95dc970b74767f19372d61af8"],
)
def test_what_is_no_key_stays_as_it_is(text):
    assert without_secrets(text) == text


def test_each_key_of_a_text_is_cut():
    one, other = make_key(Environment.TEST), make_key(Environment.TEST)

    text = without_secrets(f"{one.text},{other.text}")

    assert text == f"cpl_test_{one.public_id},cpl_test_{other.public_id}"
