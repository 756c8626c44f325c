from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse

from orgs.domain.roles import Role
from orgs.models import Membership, User
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

MEMBERS = reverse("api:member-list")
LAST_OWNER = {"detail": "An organization needs an owner: make another member owner first."}


def detail(member):
    return reverse("api:member-detail", args=[member.pk])


@pytest.fixture
def owner():
    return MembershipFactory(role="owner")


@pytest.fixture
def admin(owner):
    return MembershipFactory(org=owner.org, role="admin")


@pytest.fixture
def member(owner):
    return MembershipFactory(org=owner.org, role="member")


@pytest.mark.parametrize("role", Role)
def test_every_role_reads_the_members(api_as, owner, role):
    reader = MembershipFactory(org=owner.org, role=role)

    shown = api_as(reader).get(MEMBERS).json()["results"]

    assert [row["email"] for row in shown] == [reader.user.email, owner.user.email]
    assert set(shown[0]) == {"id", "email", "role", "created_at"}


@pytest.mark.parametrize("size", [1, 4])
def test_list_makes_the_same_number_of_queries_for_any_size(
    api_as, owner, django_assert_num_queries, size
):
    MembershipFactory.create_batch(size - 1, org=owner.org)
    client = api_as(owner)

    with django_assert_num_queries(3):  # the sign-in, the membership, the page
        response = client.get(MEMBERS)

    assert len(response.json()["results"]) == size


def test_another_organizations_members_are_not_listed(api_as, owner):
    MembershipFactory()

    assert len(api_as(owner).get(MEMBERS).json()["results"]) == 1


def test_new_member_becomes_a_user_without_a_password(api_as, admin, acts):
    response = api_as(admin).post(MEMBERS, {"email": "New@Example.com", "role": "member"})

    user = User.objects.get(email="new@example.com")
    assert response.status_code == 201
    assert (response.json()["email"], response.json()["role"]) == ("new@example.com", "member")
    assert not user.has_usable_password()
    assert acts == [("MEMBER_ADDED", admin.org_id)]


def test_known_user_is_added_as_they_are(api_as, admin):
    user = UserFactory(password="correct horse battery")

    response = api_as(admin).post(MEMBERS, {"email": user.email.upper(), "role": "viewer"})

    assert response.status_code == 201
    assert user.memberships.get().org == admin.org
    assert User.objects.get(pk=user.pk).password == user.password


def test_member_is_added_once(api_as, admin, member, acts):
    response = api_as(admin).post(MEMBERS, {"email": member.user.email, "role": "viewer"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "email"
    assert acts == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "ada@example.com"}, "role"),
        ({"email": "no email", "role": "member"}, "email"),
        ({"email": "a" * 250 + "@example.com", "role": "member"}, "email"),
        ({"email": "ada@example.com", "role": "root"}, "role"),
        ({"email": None, "role": "member"}, "email"),
    ],
)
def test_bad_body_names_the_field_and_adds_nobody(api_as, admin, body, field):
    response = api_as(admin).post(MEMBERS, body)

    assert response.status_code == 400
    assert response.json()["detail"].startswith(f"{field}: ")
    assert response.json()["errors"][0]["field"] == field
    assert Membership.objects.count() == 2


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_low_roles_change_no_members(api_as, owner, member, role):
    client = api_as(MembershipFactory(org=owner.org, role=role))

    answers = [
        client.post(MEMBERS, {"email": "ada@example.com", "role": "viewer"}),
        client.patch(detail(member), {"role": "viewer"}),
        client.delete(detail(member)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert answers[0].json() == {"detail": "Org admin role required"}


def test_keys_read_members_but_never_change_them(api_as, owner, member):
    client = api_as(ApiKeyFactory(membership=owner))

    answers = [
        client.get(MEMBERS),
        client.post(MEMBERS, {"email": "ada@example.com", "role": "viewer"}),
        client.patch(detail(member), {"role": "viewer"}),
        client.delete(detail(member)),
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]


def test_strangers_read_no_members(anonymous):
    assert anonymous.get(MEMBERS).status_code == 401


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_another_organizations_member_is_like_no_member(api_as, owner, acts, method):
    theirs, client = MembershipFactory(role="viewer"), api_as(owner)

    foreign = getattr(client, method)(detail(theirs), {"role": "nonsense"})
    missing = getattr(client, method)(detail(Membership(pk=10**17)), {"role": "nonsense"})

    assert (foreign.status_code, foreign.json()) == (404, {"detail": "Not found."})
    assert (missing.status_code, missing.json()) == (404, {"detail": "Not found."})
    assert acts == []


def test_admin_changes_a_role(api_as, admin, member, acts):
    response = api_as(admin).patch(detail(member), {"role": "viewer"})

    member.refresh_from_db()
    assert (response.status_code, response.json()["role"]) == (200, "viewer")
    assert member.role == "viewer"
    assert acts == [("MEMBER_ROLE_CHANGED", admin.org_id)]


@pytest.mark.parametrize("body", [{}, {"role": None}, {"role": "root"}, {"role": 1}])
def test_bad_role_is_refused(api_as, admin, member, body):
    response = api_as(admin).patch(detail(member), body)

    assert response.status_code == 400
    assert response.json()["detail"].startswith("role: ")


def test_only_owners_make_owners(api_as, owner, admin, member):
    by_admin = api_as(admin).patch(detail(member), {"role": "owner"})
    by_owner = api_as(owner).patch(detail(member), {"role": "owner"})

    assert (by_admin.status_code, by_owner.status_code) == (403, 200)
    assert by_admin.json() == {"detail": "Org owner role required"}


def test_only_owners_add_owners(api_as, owner, admin):
    body = {"email": "ada@example.com", "role": "owner"}

    assert api_as(admin).post(MEMBERS, body).status_code == 403
    assert not User.objects.filter(email="ada@example.com").exists()
    assert api_as(owner).post(MEMBERS, body).status_code == 201


def test_admin_may_not_raise_themselves(api_as, admin):
    assert api_as(admin).patch(detail(admin), {"role": "owner"}).status_code == 403


def test_admin_may_not_lower_or_remove_an_owner(api_as, owner, admin):
    MembershipFactory(org=owner.org, role="owner")
    client = api_as(admin)

    assert client.patch(detail(owner), {"role": "viewer"}).status_code == 403
    assert client.delete(detail(owner)).status_code == 403


def test_last_owner_is_not_lowered(api_as, owner, acts):
    response = api_as(owner).patch(detail(owner), {"role": "admin"})

    assert (response.status_code, response.json()) == (400, LAST_OWNER)
    assert acts == []


def test_last_owner_is_not_removed(api_as, owner):
    MembershipFactory(role="owner")  # another organization's owner does not count

    response = api_as(owner).delete(detail(owner))

    assert (response.status_code, response.json()) == (400, LAST_OWNER)


def test_one_of_two_owners_may_go(api_as, owner):
    MembershipFactory(org=owner.org, role="owner")

    assert api_as(owner).delete(detail(owner)).status_code == 200


def test_removed_member_loses_their_keys(api_as, anonymous, admin, member, acts):
    key = ApiKeyFactory(membership=member)

    response = api_as(admin).delete(detail(member))

    assert (response.status_code, response.json()) == (200, {"message": "Member removed"})
    assert anonymous.get(MEMBERS, headers={"X-API-Key": key.text}).status_code == 401
    assert acts == [("MEMBER_REMOVED", admin.org_id)]


def test_sign_ins_end_with_the_last_membership(api_as, admin, member):
    client = api_as(member)

    api_as(admin).delete(detail(member))

    assert client.get(MEMBERS).status_code == 401


def test_member_of_another_organization_stays_signed_in_there(api_as, admin, member):
    elsewhere = MembershipFactory(user=member.user)
    client = api_as(elsewhere)

    api_as(admin).delete(detail(member))

    assert client.get(MEMBERS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_demote_each_other_at_once(api_as):
    one = MembershipFactory(role="owner")
    other = MembershipFactory(org=one.org, role="owner")
    gate = Barrier(2)

    def demote(acting, target):
        client = api_as(acting)
        gate.wait()
        try:
            return client.patch(detail(target), {"role": "admin"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(demote, [one, other], [other, one]))

    assert statuses.count(200) == 1
    assert Membership.objects.owners().count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_email_added_twice_at_once_is_one_member(api_as):
    owner, gate = MembershipFactory(role="owner"), Barrier(4)

    def add(_):
        client = api_as(owner)
        gate.wait()
        try:
            return client.post(MEMBERS, {"email": "ada@example.com", "role": "viewer"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(add, range(4)))

    assert statuses == [201, 400, 400, 400]
