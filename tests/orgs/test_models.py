import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from codestax.common.errors import ForbiddenError, NotFoundError
from orgs.domain.roles import Role
from orgs.models import Membership, SignInFailure, User
from orgs.services import organizations
from orgs.services.members import add_member, remove_member
from tests.conftest import sign_in
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_email_is_kept_in_lower_case():
    assert User.objects.create_user("Ada@Example.COM", "x").email == "ada@example.com"


def test_database_takes_no_email_in_capitals():
    with pytest.raises(IntegrityError):
        User.objects.create(email="Ada@example.com")


def test_one_user_for_each_email():
    User.objects.create_user("ada@example.com")

    with pytest.raises(ValidationError, match="exists already"):
        User.objects.create_user("ADA@example.com")


def test_user_is_found_by_the_email_in_any_case():
    user = UserFactory(email="ada@example.com")

    assert User.objects.get_by_natural_key("ADA@example.com") == user


def test_superuser_may_enter_the_admin():
    user = User.objects.create_superuser("root@example.com", "correct horse battery")

    assert user.is_staff
    assert user.is_superuser
    assert user.check_password("correct horse battery")


def test_invited_user_is_made_once():
    assert User.objects.invited("Ada@example.com") == User.objects.invited("ada@example.com")


def test_new_password_raises_the_token_version():
    user = UserFactory()

    user.set_password("another")

    assert user.token_version == 1


def test_rows_are_readable():
    row = sign_in(UserFactory(email="ada@example.com"))

    assert str(row) == f"Sign-in {row.pk} of ada@example.com"
    assert str(SignInFailure(ip="192.0.2.1")) == "Refused sign-in from 192.0.2.1"


def test_slug_that_is_taken_just_now_gives_way_to_the_next(monkeypatch):
    OrganizationFactory(slug="acme")
    # As if the other organization came between the look and the save.
    monkeypatch.setattr(organizations, "_taken_slugs", lambda base: set())

    made = organizations.create_organization(
        name="Acme", plan=organizations.Plan.FREE, owner_email="ada@example.com"
    )

    assert made.organization.slug == "acme-2"


def test_member_who_was_removed_meanwhile_changes_nothing():
    owner = MembershipFactory()
    stale = Membership.objects.get(pk=MembershipFactory(org=owner.org, role="admin").pk)
    Membership.objects.filter(pk=stale.pk).delete()

    with pytest.raises(ForbiddenError, match="not a member any more"):
        add_member(acting=stale, organization=owner.org, email="ada@example.com", role=Role.VIEWER)


def test_member_who_was_demoted_meanwhile_has_the_new_role():
    owner = MembershipFactory()
    acting = MembershipFactory(org=owner.org, role="admin")
    Membership.objects.filter(pk=acting.pk).update(role="viewer")

    with pytest.raises(ForbiddenError):
        add_member(acting=acting, organization=owner.org, email="a@example.com", role=Role.MEMBER)


def test_member_who_is_gone_meanwhile_is_not_found():
    owner = MembershipFactory()
    gone = Membership.objects.get(pk=MembershipFactory(org=owner.org, role="viewer").pk)
    Membership.objects.filter(pk=gone.pk).delete()

    with pytest.raises(NotFoundError):
        remove_member(acting=owner, member=gone)
