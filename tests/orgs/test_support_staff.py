"""What a member of the group "Support staff" sees and does, and that it is nothing more."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.models import AuditLogSaaS
from audit.services import SYSTEM
from orgs.models import User
from orgs.services.staff import GROUP, PERMISSIONS, add_support
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

EMAIL = "sam@codestax.example"
# Of these support reads the pages, and of nothing else.
READ = {
    "orgs.Organization",
    "orgs.Membership",
    "orgs.ApiKey",
    "orgs.User",
    "scans.Repository",
    "scans.Scan",
    "scans.Upload",
}
MODELS = sorted(model._meta.label for model in admin.site._registry)


@pytest.fixture
def sam():
    return add_support(email=EMAIL)


@pytest.fixture
def support(client, sam):
    client.force_login(sam)
    return client


@pytest.fixture
def key():
    return ApiKeyFactory(membership__role="owner")


def address(label, page, *args):
    return reverse(f"admin:{label.lower().replace('.', '_')}_{page}", args=args)


def log(key):
    rows = AuditLogSaaS.objects.filter(org=key.org_id).exclude(actor_email=SYSTEM)
    return list(rows.values_list("action", "actor_email", "metadata__via"))


def organizations_form(key, **changes):
    form = {"name": key.org.name, "slug": key.org.slug, "plan": key.org.plan}
    return address("orgs.Organization", "change", key.org_id), form | changes


# What they do.


def test_support_changes_a_plan(support, key):
    path, form = organizations_form(key, plan="enterprise")

    support.post(path, form)

    key.org.refresh_from_db()
    assert key.org.plan == "enterprise"
    assert log(key) == [("PLAN_CHANGED", EMAIL, "admin")]


def test_support_deactivates_a_key(support, key, api_as):
    support.post(address("orgs.ApiKey", "act", key.pk, "revoke"))

    assert api_as(key).get("/api/repos").status_code == 401
    assert log(key) == [("API_KEY_REVOKED", EMAIL, "admin")]


def test_support_deactivates_keys_of_the_list(support, key):
    data = {"action": "revoke", "_selected_action": [key.pk]}

    support.post(address("orgs.ApiKey", "changelist"), data)

    assert log(key) == [("API_KEY_REVOKED", EMAIL, "admin")]


def test_support_resends_an_invitation(support, key):
    support.post(address("orgs.Membership", "act", key.membership_id, "invite"))

    assert log(key) == [("INVITATION_RESENT", EMAIL, "admin")]


def test_the_organizations_page_offers_just_that(support, key):
    page = support.get(address("orgs.Organization", "change", key.org_id)).content.decode()

    assert 'name="plan"' in page
    assert address("orgs.ApiKey", "act", key.pk, "revoke") in page
    assert address("orgs.Membership", "act", key.membership_id, "invite") in page
    assert 'name="name"' not in page
    assert 'name="slug"' not in page
    assert "/delete/" not in page


# And nothing more.


@pytest.mark.parametrize("label", MODELS)
def test_support_reads_what_customers_ask_about(support, label):
    status = support.get(address(label, "changelist")).status_code

    assert status == (200 if label in READ else 403)


@pytest.mark.parametrize("label", MODELS)
def test_support_adds_nothing(support, label):
    assert support.post(address(label, "add"), {}).status_code == 403


@pytest.mark.parametrize("label", MODELS)
def test_support_deletes_nothing(support, label, key):
    rows = {"orgs.Organization": key.org, "orgs.Membership": key.membership, "orgs.ApiKey": key}
    rows |= {"orgs.User": key.membership.user, "auth.Group": Group.objects.get()}
    pk = rows[label].pk if label in rows else 1

    answer = support.post(address(label, "delete", pk), {"post": "yes"})

    # A missing row leads back to the index, where there is no row of this kind to be had.
    assert answer.status_code in (302, 403)
    assert {row for row in rows.values() if type(row).objects.filter(pk=row.pk).exists()} == {
        *rows.values()
    }


def test_support_changes_an_organizations_plan_alone(support, key):
    path, form = organizations_form(key, name="Renamed", slug="renamed", plan="free")

    support.post(path, form)

    name = key.org.name
    key.org.refresh_from_db()
    assert (key.org.name, key.org.plan) == (name, "free")


@pytest.mark.parametrize("label", ["orgs.Membership", "orgs.ApiKey", "orgs.User"])
def test_support_changes_no_row_by_its_form(support, label, key):
    rows = {"orgs.Membership": key.membership, "orgs.ApiKey": key, "orgs.User": key.membership.user}

    answer = support.post(address(label, "change", rows[label].pk), {"role": "viewer"})

    assert answer.status_code == 403
    assert log(key) == []


@pytest.mark.parametrize(
    "gift",
    [
        {"is_superuser": "on"},
        {"is_staff": "on", "groups": "1"},
        {"user_permissions": "1"},
        {"email": "other@example.com"},
    ],
    ids=lambda gift: next(iter(gift)),
)
@pytest.mark.parametrize("whose", ["own", "customers"])
def test_support_gives_nobody_rights_or_another_email(support, sam, key, gift, whose):
    user = sam if whose == "own" else key.membership.user
    form = {"email": user.email, "is_active": "on"} | gift

    answer = support.post(address("orgs.User", "change", user.pk), form)

    after = User.objects.get(pk=user.pk)
    assert answer.status_code == 403
    assert (after.email, after.is_superuser, after.is_staff) == (
        user.email,
        False,
        user.is_staff,
    )
    assert after.get_all_permissions() == user.get_all_permissions()


def test_support_widens_not_its_own_group(support, sam):
    group = Group.objects.get(name=GROUP)
    everything = list(Permission.objects.values_list("pk", flat=True))

    answer = support.post(
        address("auth.Group", "change", group.pk), {"name": GROUP, "permissions": everything}
    )

    assert answer.status_code == 403
    assert User.objects.get(pk=sam.pk).get_all_permissions() == set(PERMISSIONS)


def test_who_may_change_groups_by_permission_still_may_not(client):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__model="group"))
    group = Group.objects.create(name="Helpers")
    client.force_login(user)

    assert client.post(address("auth.Group", "change", group.pk), {"name": "x"}).status_code == 403


def test_support_sees_nothing_of_a_customer_as_that_customer(support):
    assert support.get("/dashboard/settings").status_code == 403


@pytest.mark.parametrize("missing", ["orgs.change_plan", "orgs.revoke_apikey"])
def test_an_act_whose_permission_is_taken_away_is_refused(support, key, missing):
    codename = missing.split(".")[1]
    Group.objects.get().permissions.remove(Permission.objects.get(codename=codename))
    path, form = organizations_form(key, plan="enterprise")
    requests = {
        "orgs.change_plan": (path, form),
        "orgs.revoke_apikey": (address("orgs.ApiKey", "act", key.pk, "revoke"), {}),
    }

    address_of, body = requests[missing]

    assert support.post(address_of, body).status_code == 403
    assert log(key) == []


def test_staff_who_may_look_alone_see_the_plan_and_do_not_change_it(client, key):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_organization"))
    client.force_login(user)
    path, form = organizations_form(key, plan="enterprise")

    page = client.get(path)

    assert page.status_code == 200
    assert 'name="plan"' not in page.content.decode()
    assert "/act/" not in page.content.decode()
    assert client.post(path, form).status_code == 403


# The command.


def test_the_command_makes_a_member_of_the_group_without_a_password(capsys):
    call_command("support_staff", email=EMAIL.upper())

    user = User.objects.get(email=EMAIL)
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, False, False)
    assert user.get_all_permissions() == set(PERMISSIONS)
    assert f"email: {EMAIL}" in capsys.readouterr().out
    assert mail.outbox == []


def test_the_command_sets_the_groups_permissions_back(sam):
    Group.objects.get().permissions.set(Permission.objects.all())

    call_command("support_staff", email=EMAIL)

    assert User.objects.get(pk=sam.pk).get_all_permissions() == set(PERMISSIONS)


def test_the_command_takes_the_rights_away_at_once(support, sam):
    call_command("support_staff", "--remove", email=EMAIL)

    assert User.objects.get(pk=sam.pk).get_all_permissions() == set()
    assert support.get("/admin/").status_code == 302


def test_a_superuser_stays_one():
    boss = UserFactory(is_staff=True, is_superuser=True)

    call_command("support_staff", "--remove", email=boss.email)

    boss.refresh_from_db()
    assert (boss.is_staff, boss.is_superuser) == (True, True)


def test_rights_given_and_taken_are_in_the_log(sam):
    call_command("support_staff", "--remove", email=EMAIL)

    taken, given = AuditLogSaaS.objects.filter(action="USER_UPDATED")[:2]
    assert [change["after"] for change in given.metadata["changes"]][-1] == {"groups": [GROUP]}
    assert {"groups": []} in [change["after"] for change in taken.metadata["changes"]]


@pytest.mark.parametrize("options", [{"email": "x"}, {"email": "no@example.com", "remove": True}])
def test_the_command_says_what_is_wrong(options):
    with pytest.raises(CommandError):
        call_command("support_staff", **options)


def test_no_page_shows_what_django_allauth_keeps():
    shown = {model.__module__.partition(".")[0] for model in admin.site._registry}

    assert "orgs" in shown
    assert "allauth" not in shown


def test_permissions_are_all_there_are():
    found = {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.select_related("content_type")
    }

    assert set(PERMISSIONS) <= found


def test_acts_need_the_forms_token(sam, key):
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(sam)
    path, form = organizations_form(key, plan="enterprise")

    assert stranger.post(path, form).status_code == 403


def test_an_organizations_page_asks_as_much_for_one_row_as_for_thirty(
    support, key, django_assert_num_queries
):
    for _ in range(29):
        ApiKeyFactory(membership=MembershipFactory(org=key.org))
    path = address("orgs.Organization", "change", key.org_id)
    support.get(path)  # content types are read once a process

    # Session, user, its permissions (2), the row, usage (4), uploads (2), scans, members (2),
    # keys (3).
    with django_assert_num_queries(17):
        support.get(path)
