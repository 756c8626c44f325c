import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orgs.models import Membership, Organization, User
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def run(capsys):
    """Run a command with --json: the object that it prints, and nothing else on stdout."""

    def call(name, *arguments):
        call_command(name, *arguments, "--json")
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def bootstrap(run):
    def call(*more, name="Acme", plan="team", email="owner@acme.example"):
        options = ("--name", name, "--plan", plan, "--email", email)
        return run("bootstrap_org", *options, *more)

    return call


def path_of(link):
    return "/" + link.split("/", 3)[3]


def set_password(browser, link):
    form = browser.get(path_of(link))["Location"]
    browser.post(form, {"new_password1": PASSWORD, "new_password2": PASSWORD})


def signs_in(browser, email):
    body = {"email": email, "password": PASSWORD}
    return browser.post("/login", body).status_code == 302


def key_is_of(client, text):
    return client.get(reverse("api:member-list"), headers={"X-API-Key": text}).status_code == 200


def test_bootstrap_prints_the_organization_the_email_and_a_key(bootstrap, anonymous):
    printed = bootstrap("--password", PASSWORD)

    organization = Organization.objects.get()
    assert printed.keys() == {"org", "email", "api_key"}
    assert printed["org"] == {"id": organization.pk, "slug": "acme", "plan": "team"}
    assert printed["email"] == "owner@acme.example"
    assert key_is_of(anonymous, printed["api_key"])


def test_bootstrapped_owner_signs_in(bootstrap, anonymous):
    printed = bootstrap("--password", PASSWORD)

    body = {"email": printed["email"], "password": PASSWORD}
    assert anonymous.post(reverse("api:token"), body).status_code == 200
    assert Membership.objects.get().role == "owner"


def test_bootstrap_prints_a_link_that_sets_the_owners_password_where_none_is_given(
    bootstrap, client
):
    printed = bootstrap()

    set_password(client, printed["set_password"])

    assert printed.keys() == {"org", "email", "api_key", "set_password"}
    assert signs_in(client, printed["email"])


def test_a_printed_link_is_good_once(bootstrap, client):
    link = bootstrap()["set_password"]
    set_password(client, link)

    assert "The link has ended" in Client().get(path_of(link)).content.decode()


def test_a_printed_link_ends_with_its_hours(bootstrap, client, settings, time_machine):
    settings.PASSWORD_RESET_TIMEOUT = 2 * 3600
    now = timezone.now()
    time_machine.move_to(now)
    link = bootstrap()["set_password"]

    time_machine.move_to(now + timedelta(hours=2, seconds=1))

    answer = client.get(path_of(link)).content.decode()
    assert "The link has ended" in answer
    assert "good once, for 2 hours." in answer


def test_a_link_leads_to_loopback_where_this_is_no_production(bootstrap):
    assert bootstrap()["set_password"].startswith("http://127.0.0.1:8000/password/reset/")


def test_a_link_leads_to_the_first_plain_name_of_allowed_hosts_in_production(bootstrap, settings):
    settings.PRODUCTION = True
    settings.ALLOWED_HOSTS = ["*", ".acme.example", "codestax.example", "other.example"]

    assert bootstrap()["set_password"].startswith("https://codestax.example/password/reset/")


def test_without_a_plain_name_nothing_is_made_but_by_a_given_password(bootstrap, settings):
    settings.PRODUCTION = True
    settings.ALLOWED_HOSTS = [".acme.example"]

    with pytest.raises(CommandError, match="ALLOWED_HOSTS has only patterns"):
        bootstrap()

    assert not Organization.objects.exists()
    assert bootstrap("--password", PASSWORD)["email"] == "owner@acme.example"


def test_the_operator_prints_a_link_again(run, bootstrap, client):
    bootstrap()

    printed = run("password_link", "--email", "Owner@acme.example")
    set_password(client, printed["set_password"])

    assert printed.keys() == {"email", "set_password"}
    assert signs_in(client, "owner@acme.example")


@pytest.mark.parametrize("email", ["nobody@acme.example", "gone@acme.example"])
def test_no_link_is_printed_for_who_is_unknown_or_closed(run, email):
    UserFactory(email="gone@acme.example", is_active=False)

    with pytest.raises(CommandError, match=f"There is no active user {email}."):
        run("password_link", "--email", email)


def test_bootstrap_is_one_act(bootstrap, acts):
    printed = bootstrap()

    assert acts == [("ORGANIZATION_CREATED", printed["org"]["id"])]


def test_same_name_gets_another_slug(bootstrap):
    slugs = [bootstrap("--password", PASSWORD)["org"]["slug"] for _ in range(3)]

    assert slugs == ["acme", "acme-2", "acme-3"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme & Söhne", "acme-sohne"),
        ("株式会社", "org"),
        ("a" * 200, "a" * 50),
        ("Acme_Dev", "acme-dev"),
    ],
)
def test_slug_comes_from_the_name(bootstrap, name, slug):
    assert bootstrap(name=name)["org"]["slug"] == slug


def test_owner_of_two_organizations_keeps_the_password(bootstrap, anonymous):
    bootstrap("--password", PASSWORD)

    printed = bootstrap(name="Other")

    assert printed.keys() == {"org", "email", "api_key"}
    assert User.objects.get().check_password(PASSWORD)


def test_another_password_for_a_known_owner_is_refused(bootstrap):
    bootstrap("--password", PASSWORD)

    with pytest.raises(CommandError, match="has another password already"):
        bootstrap("--password", "another horse battery", name="Other")

    assert Organization.objects.count() == 1


def test_invited_owner_gets_a_link_too(bootstrap, client):
    UserFactory(email="owner@acme.example")

    set_password(client, bootstrap()["set_password"])

    assert signs_in(client, "owner@acme.example")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"plan": "gold"}, "Unknown plan: gold (one of free, team, enterprise)"),
        ({"email": "nobody"}, "email: Enter a valid email address."),
        ({"email": "a" * 250 + "@example.com"}, "email: "),
        ({"name": ""}, "name: This field cannot be blank."),
        ({"name": "x" * 201}, "name: "),
    ],
    ids=["plan", "email", "long email", "no name", "long name"],
)
def test_bad_bootstrap_says_why_and_makes_nothing(bootstrap, changes, sentence):
    with pytest.raises(CommandError) as error:
        bootstrap(**changes)

    assert str(error.value).startswith(sentence)
    assert error.value.returncode == 1
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_weak_password_is_refused(bootstrap):
    with pytest.raises(CommandError, match="too common"):
        bootstrap("--password", "password")


def test_result_for_people_is_lines(capsys):
    call_command("bootstrap_org", "--name", "Acme", "--email", "owner@acme.example")

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:4] == ["org.slug: acme", "org.plan: free", "email: owner@acme.example"]


@pytest.fixture
def create_key(run):
    def call(org, email, role):
        return run("create_api_key", "--org", org, "--email", email, "--role", role)

    return call


def test_key_for_a_new_member(create_key, anonymous):
    org = OrganizationFactory()

    printed = create_key(org.slug, "Dev@acme.example", "member")

    assert printed.keys() == {"api_key", "role", "email", "org"}
    assert printed["org"] == org.slug
    assert (printed["role"], printed["email"]) == ("member", "dev@acme.example")
    assert Membership.objects.get().role == "member"
    assert key_is_of(anonymous, printed["api_key"])


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_key_for_a_member_changes_no_role(create_key, role):
    member = MembershipFactory(role="admin")

    create_key(member.org.slug, member.user.email, role)

    member.refresh_from_db()
    assert member.role == "admin"


def test_key_above_the_member_is_refused(create_key):
    member = MembershipFactory(role="viewer")

    with pytest.raises(CommandError, match=r"may not be above its member's \(viewer\)"):
        create_key(member.org.slug, member.user.email, "admin")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "dev@acme.example", "member"), "There is no organization nowhere."),
        (("acme", "dev@acme.example", "root"), "Unknown role: root"),
        (("acme", "nobody", "member"), "email: Enter a valid email address."),
    ],
    ids=["organization", "role", "email"],
)
def test_bad_key_says_why_and_makes_nobody(create_key, arguments, sentence):
    OrganizationFactory(slug="acme")

    with pytest.raises(CommandError) as error:
        create_key(*arguments)

    assert str(error.value).startswith(sentence)
    assert not User.objects.exists()


def test_plan_is_set(run, acts):
    org = OrganizationFactory(slug="acme", plan="team")

    printed = run("set_plan", "--org", "acme", "--plan", "enterprise")

    org.refresh_from_db()
    assert printed == {"org": {"id": org.pk, "slug": "acme", "plan": "enterprise"}}
    assert org.plan == "enterprise"
    assert acts == [("PLAN_CHANGED", org.pk)]


def test_unknown_plan_changes_nothing(run, acts):
    OrganizationFactory(slug="acme", plan="team")

    with pytest.raises(CommandError, match="Unknown plan: gold"):
        run("set_plan", "--org", "acme", "--plan", "gold")

    assert Organization.objects.get().plan == "team"
    assert acts == []
