import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from orgs.models import ApiKey, Membership, Organization, User
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client):
    """A client signed in as a superuser."""
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def organization():
    return MembershipFactory(role="owner").org


def url(name, *args):
    return reverse(f"admin:orgs_{name}", args=args)


def form_of(client, path):
    """What the browser would send back unchanged."""
    page = client.get(path).context
    forms = [page["adminform"].form]
    for formset in page["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    return {
        form.add_prefix(name): form[name].value()
        for form in forms
        for name in form.fields
        if form[name].value() is not None and not form.fields[name].disabled
    }


def save(client, organization, **changes):
    path = url("organization_change", organization.pk)
    data = form_of(client, path) | {key.replace("__", "-"): value for key, value in changes.items()}
    return client.post(path, data)


@pytest.mark.parametrize("model", ["organization", "user", "apikey"])
def test_lists_and_forms_open(support, model):
    row = {
        "organization": lambda key: key.org,
        "user": lambda key: key.membership.user,
        "apikey": lambda key: key,
    }[model](ApiKeyFactory())

    assert support.get(url(f"{model}_changelist")).status_code == 200
    assert support.get(url(f"{model}_change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", ["organization", "user", "apikey"])
def test_no_page_shows_a_digest_or_a_hash(support, model):
    user = UserFactory(password="correct horse battery")
    key = ApiKeyFactory(membership__user=user)
    rows = {"organization": key.org, "user": user, "apikey": key}

    page = support.get(url(f"{model}_change", rows[model].pk)).content.decode()

    assert user.password not in page
    assert bytes(key.digest).hex() not in page
    assert key.text.split("_")[3] not in page
    assert not re.search(r"digest|md5\$|argon2", page)


@pytest.mark.parametrize("found_by", ["name", "slug", "email", "key"])
def test_organizations_are_found(support, found_by):
    key, _other = ApiKeyFactory(), OrganizationFactory(name="Somebody else")
    words = {
        "name": key.org.name,
        "slug": key.org.slug,
        "email": key.membership.user.email,
        "key": key.public_id,
    }

    page = support.get(url("organization_changelist"), {"q": words[found_by]})

    assert list(page.context["cl"].result_list) == [key.org]


def test_plan_filter(support):
    team, _free = OrganizationFactory(plan="team"), OrganizationFactory(plan="free")

    page = support.get(url("organization_changelist"), {"plan__exact": "team"})

    assert list(page.context["cl"].result_list) == [team]


def test_plan_change_is_one_act_of_that_name(support, organization, acts):
    response = save(support, organization, plan="enterprise")

    organization.refresh_from_db()
    assert response.status_code == 302
    assert organization.plan == "enterprise"
    assert acts == [("PLAN_CHANGED", organization.pk)]


def test_other_change_is_one_act(support, organization, acts):
    save(support, organization, name="New name")

    organization.refresh_from_db()
    assert organization.name == "New name"
    assert acts == [("ORGANIZATION_UPDATED", organization.pk)]


def test_refused_form_is_no_act(support, organization, acts):
    response = save(support, organization, name="")

    assert response.status_code == 200
    assert "This field is required" in response.content.decode()
    assert acts == []


def test_opening_a_page_is_no_act(support, organization, acts):
    support.get(url("organization_change", organization.pk))

    assert acts == []


def test_new_organization_is_one_act(support, acts):
    owner = UserFactory()
    path = url("organization_add")
    members = {"memberships-TOTAL_FORMS": 1, "memberships-0-user": owner.pk}

    response = support.post(
        path,
        form_of(support, path)
        | {"name": "Acme", "slug": "acme", "plan": "free", "memberships-0-role": "owner"}
        | members,
    )

    made = Organization.objects.get()
    assert response.status_code == 302
    assert made.memberships.get().user == owner
    assert acts == [("ORGANIZATION_CREATED", made.pk)]


def test_role_is_changed_in_the_form(support, organization, acts):
    member = MembershipFactory(org=organization, role="viewer")

    save(support, organization, memberships__1__role="admin")

    member.refresh_from_db()
    assert member.role == "admin"
    assert acts == [("ORGANIZATION_UPDATED", organization.pk)]


def test_member_is_removed_in_the_form(support, organization):
    MembershipFactory(org=organization, role="viewer")

    save(support, organization, memberships__1__DELETE="on")

    assert organization.memberships.get().role == "owner"


def test_ownership_is_handed_over_in_one_form(support, organization):
    other = MembershipFactory(org=organization, role="viewer")

    save(support, organization, memberships__0__role="viewer", memberships__1__role="owner")

    assert organization.memberships.owners().get() == other


@pytest.mark.parametrize(
    "change", [{"memberships__0__DELETE": "on"}, {"memberships__0__role": "admin"}]
)
def test_last_owner_stays(support, organization, acts, change):
    response = save(support, organization, **change)

    assert "An organization needs an owner." in response.content.decode()
    assert Membership.objects.owners().count() == 1
    assert acts == []


def test_membership_stays_its_users(support, organization):
    owner = organization.memberships.get().user

    save(support, organization, memberships__0__user=UserFactory().pk)

    assert organization.memberships.get().user == owner


def test_rule_broken_behind_the_form_becomes_a_message(support, organization, acts, monkeypatch):
    # As if another request had removed the other owner just before.
    monkeypatch.setattr("orgs.admin.MembershipFormSet.clean", lambda self: None)

    response = save(support, organization, memberships__0__role="admin")

    assert "needs an owner" in support.get(response.url).content.decode()
    assert Membership.objects.owners().count() == 1
    assert acts == []


def test_revocation_is_one_act_for_each_key(support, acts):
    keys = [ApiKeyFactory(), ApiKeyFactory()]
    data = {"action": "revoke", "_selected_action": [key.pk for key in keys]}

    support.post(url("apikey_changelist"), data)

    assert not ApiKey.objects.filter(revoked_at=None).exists()
    assert sorted(acts) == sorted(("API_KEY_REVOKED", key.org_id) for key in keys)


def test_keys_are_not_made_changed_or_deleted_here(support):
    key = ApiKeyFactory()

    answers = [
        support.get(url("apikey_add")),
        support.post(url("apikey_change", key.pk), {"role": "owner"}),
        support.post(url("apikey_delete", key.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_deactivation_of_a_user_is_one_act(support, acts):
    user = UserFactory()
    path = url("user_change", user.pk)

    support.post(path, {"email": user.email})

    user.refresh_from_db()
    assert not user.is_active
    assert acts == [("USER_UPDATED", None)]


def test_new_user_has_no_password(support):
    support.post(url("user_add"), {"email": "New@Example.com", "is_active": "on"})

    assert not User.objects.get(email="new@example.com").has_usable_password()


@pytest.fixture
def helper(client):
    """A client signed in as staff who may change users, and no more."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client.force_login(user)
    client.user = user
    return client


def test_staff_give_no_rights(helper):
    path = url("user_change", helper.user.pk)

    helper.post(path, {"email": helper.user.email, "is_active": "on", "is_superuser": "on"})

    helper.user.refresh_from_db()
    assert (helper.user.is_superuser, helper.user.is_staff) == (False, True)


def test_staff_do_not_change_superusers(helper):
    above = UserFactory(is_superuser=True)

    assert helper.post(url("user_change", above.pk), {"email": "x@example.com"}).status_code == 403


def test_staff_without_the_permission_revoke_nothing(client):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    client.force_login(user)
    key = ApiKeyFactory()

    client.post(url("apikey_changelist"), {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert key.revoked_at is None


def test_group_deleted_from_the_list_is_one_act(support, acts):
    group = Group.objects.create(name="Helpers")
    data = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}

    support.post(reverse("admin:auth_group_changelist"), data)

    assert acts == [("GROUP_DELETED", None)]
