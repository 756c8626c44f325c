import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

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


def test_bootstrap_makes_a_password_up_where_none_is_given(bootstrap, anonymous):
    printed = bootstrap()

    body = {"email": printed["email"], "password": printed["password"]}
    assert anonymous.post(reverse("api:token"), body).status_code == 200


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

    assert "password" not in printed
    assert User.objects.get().check_password(PASSWORD)


def test_another_password_for_a_known_owner_is_refused(bootstrap):
    bootstrap("--password", PASSWORD)

    with pytest.raises(CommandError, match="has another password already"):
        bootstrap("--password", "another horse battery", name="Other")

    assert Organization.objects.count() == 1


def test_invited_owner_gets_a_password(bootstrap):
    UserFactory(email="owner@acme.example")

    assert len(bootstrap()["password"]) == 20


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
