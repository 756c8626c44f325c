import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from orgs.models import ApiKey, Organization, User
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from orgs.services.mails import send_later
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


@pytest.mark.parametrize("model", ["organization", "user", "apikey", "membership"])
def test_lists_and_forms_open(support, model):
    row = {
        "organization": lambda key: key.org,
        "user": lambda key: key.membership.user,
        "apikey": lambda key: key,
        "membership": lambda key: key.membership,
    }[model](ApiKeyFactory())

    assert support.get(url(f"{model}_changelist")).status_code == 200
    assert support.get(url(f"{model}_change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", ["organization", "user", "apikey", "membership"])
def test_no_page_shows_a_digest_or_a_hash(support, model):
    user = UserFactory(password="correct horse battery")
    key = ApiKeyFactory(membership__user=user)
    rows = {
        "organization": key.org,
        "user": user,
        "apikey": key,
        "membership": key.membership,
    }

    page = support.get(url(f"{model}_change", rows[model].pk)).content.decode()

    assert user.password not in page
    assert bytes(key.digest).hex() not in page
    assert key.text.split("_")[3] not in page
    assert not re.search(r"digest|md5\$|argon2", page)


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


def test_form_that_is_saved_unchanged_is_no_act(support, organization, acts):
    response = save(support, organization)

    assert response.status_code == 302
    assert acts == []


def test_plan_and_name_changed_at_once_are_one_act(support, organization, acts):
    save(support, organization, plan="enterprise", name="New name")

    organization.refresh_from_db()
    assert (organization.plan, organization.name) == ("enterprise", "New name")
    assert acts == [("PLAN_CHANGED", organization.pk)]


def test_new_organization_needs_an_owner(support, acts):
    path = url("organization_add")
    members = {"memberships-TOTAL_FORMS": 1, "memberships-0-user": UserFactory().pk}
    names = {"name": "Acme", "slug": "acme", "plan": "free", "memberships-0-role": "admin"}

    response = support.post(path, form_of(support, path) | names | members)

    assert "An organization needs an owner." in response.content.decode()
    assert not Organization.objects.exists()
    assert acts == []


# Members.


def test_member_is_added(support, organization, acts):
    user = UserFactory()
    form = {"org": organization.pk, "user": user.pk, "role": "viewer"}

    answer = support.post(url("membership_add"), form)

    assert answer.status_code == 302
    assert organization.memberships.get(user=user).role == "viewer"
    assert acts == [("MEMBER_ADDED", organization.pk)]


def test_second_membership_is_refused_at_the_form(support, organization, acts):
    user = organization.memberships.get().user

    answer = support.post(
        url("membership_add"), {"org": organization.pk, "user": user.pk, "role": "viewer"}
    )

    assert "This user is a member already." in answer.content.decode()
    assert acts == []


def test_role_is_changed(support, organization, acts):
    member = MembershipFactory(org=organization, role="viewer")

    support.post(url("membership_change", member.pk), {"role": "admin"})

    member.refresh_from_db()
    assert member.role == "admin"
    assert acts == [("MEMBER_ROLE_CHANGED", organization.pk)]


def test_member_is_removed_with_keys(support, organization, acts):
    member = MembershipFactory(org=organization, role="viewer")
    ApiKeyFactory(membership=member)

    support.post(url("membership_delete", member.pk), {"post": "yes"})

    assert organization.memberships.get().role == "owner"
    assert acts == [("MEMBER_REMOVED", organization.pk)]


@pytest.mark.parametrize("page", ["change", "delete"])
def test_last_owner_stays(support, organization, acts, page):
    member = organization.memberships.get()
    form = {"role": "admin", "post": "yes"}

    answer = support.post(url(f"membership_{page}", member.pk), form, follow=True)

    member.refresh_from_db()
    assert "An organization needs an owner" in answer.content.decode()
    assert member.role == "owner"
    assert acts == []


def test_membership_stays_its_users_and_its_organizations(support, organization):
    member = MembershipFactory(org=organization, role="viewer")
    owner, elsewhere = member.user, OrganizationFactory()
    form = {"role": "admin", "user": UserFactory().pk, "org": elsewhere.pk}

    support.post(url("membership_change", member.pk), form)

    member.refresh_from_db()
    assert (member.user, member.org) == (owner, organization)


# Acts on one row.


def act_url(row, name):
    return url(f"{row._meta.model_name}_act", row.pk, name)


def test_key_is_deactivated_in_one_act(support, acts):
    key = ApiKeyFactory()

    answer = support.post(act_url(key, "revoke"))

    key.refresh_from_db()
    assert answer["Location"] == url("organization_change", key.org_id)
    assert key.revoked_at is not None
    assert acts == [("API_KEY_REVOKED", key.org_id)]


def test_key_that_has_ended_is_not_deactivated_again(support, acts):
    key = ApiKeyFactory(revoked_at=timezone.now())

    answer = support.post(act_url(key, "revoke"), follow=True)

    assert "This key is deactivated already." in answer.content.decode()
    assert acts == []


def test_invitation_is_sent_again_in_one_act(support, acts, django_capture_on_commit_callbacks):
    member = MembershipFactory()

    with django_capture_on_commit_callbacks() as mails:
        answer = support.post(act_url(member, "invite"))

    member.refresh_from_db()
    assert answer["Location"] == url("organization_change", member.org_id)
    assert member.invited_at is not None
    assert "added by the CodeStax support" in next(
        call.args[0].body for call in mails if getattr(call, "func", None) is send_later
    )
    assert acts == [("INVITATION_RESENT", member.org_id)]


def test_who_has_signed_in_is_not_invited_again(support, acts):
    member = MembershipFactory(user__last_login=timezone.now() + timedelta(minutes=1))

    answer = support.post(act_url(member, "invite"), follow=True)

    assert "has signed in already" in answer.content.decode()
    assert acts == []


def test_invitations_wait_after_some(support, acts):
    member = MembershipFactory()
    for _ in range(MAX_FAILURES_PER_EMAIL):
        support.post(act_url(member, "invite"))

    answer = support.post(act_url(member, "invite"), follow=True)

    assert "This invitation was sent several times" in answer.content.decode()
    assert len(acts) == MAX_FAILURES_PER_EMAIL


@pytest.mark.parametrize(
    ("factory", "name"), [(ApiKeyFactory, "revoke"), (MembershipFactory, "invite")]
)
def test_page_of_an_act_asks_and_changes_nothing(support, acts, factory, name):
    row = factory()

    page = support.get(act_url(row, name))

    before = vars(row) | {"_state": None}
    row.refresh_from_db()
    assert page.status_code == 200
    assert escape(str(row)) in page.content.decode()
    assert {name: before[name] for name in ("id", "org_id", "role")} == {
        "id": row.id,
        "org_id": row.org_id,
        "role": row.role,
    }
    assert getattr(row, "revoked_at", None) is None
    assert acts == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["999999999/act/revoke/", "x/act/revoke/", "{pk}/act/other/"])
def test_acts_that_there_are_not_are_not_found(support, acts, method, path):
    key = ApiKeyFactory()
    address = url("apikey_changelist") + path.format(pk=key.pk)

    assert getattr(support, method)(address).status_code == 404
    assert acts == []


@pytest.mark.parametrize("act", [(ApiKeyFactory, "revoke"), (MembershipFactory, "invite")])
def test_acts_need_the_forms_token(act):
    factory, name = act
    row = factory()
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert stranger.post(act_url(row, name)).status_code == 403


# Keys and users.


def test_revocation_is_one_act_for_each_key(support, acts):
    keys = [ApiKeyFactory(), ApiKeyFactory()]
    data = {"action": "revoke", "_selected_action": [key.pk for key in keys]}

    support.post(url("apikey_changelist"), data)
    support.post(url("apikey_changelist"), data)

    assert not ApiKey.objects.filter(revoked_at=None).exists()
    assert sorted(acts) == sorted(("API_KEY_REVOKED", key.org_id) for key in keys)


def test_staff_do_not_change_the_email_of_others(helper):
    customer = UserFactory()

    helper.post(url("user_change", customer.pk), {"email": "mine@example.com", "is_active": "on"})

    customer.refresh_from_db()
    assert customer.email != "mine@example.com"


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


@pytest.mark.parametrize("path", ["organization_changelist", "organization_change"])
def test_moments_say_their_time_zone(support, organization, path):
    Organization.objects.filter(pk=organization.pk).update(
        created_at=datetime(2026, 3, 4, 15, 5, tzinfo=UTC)
    )
    of_one = [organization.pk] if path == "organization_change" else []

    assert "2026-03-04 15:05 UTC" in support.get(url(path, *of_one)).text
