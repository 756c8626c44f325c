"""Organizations and their plans."""

from dataclasses import dataclass
from itertools import count

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from codestax.common.acts import act
from codestax.common.errors import DomainError
from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import Membership, Organization, User
from orgs.queries import locked_organization
from orgs.services.members import add_member

_SLUG_CHARS = 50  # leaves room for a number in the column


class PasswordConflictError(DomainError):
    """The owner signs in already, with another password."""

    code = "password_conflict"


@dataclass(frozen=True)
class NewOrganization:
    """An organization and its first owner, who may have no password yet."""

    organization: Organization
    owner: Membership


def create_organization(
    *, name: str, plan: Plan, owner_email: str, password: str | None = None
) -> NewOrganization:
    """Make an organization and its owner, with a slug from the name that is free.

    An owner who has a password keeps it: PasswordConflictError where another one is given. One
    who has none gets the given password. None is made up: a link sets it (orgs.services.links).
    """
    with act("ORGANIZATION_CREATED", organization_id=None, name=name, plan=plan.value) as this:
        organization = _with_free_slug(name, plan)
        this.organization_id = organization.pk
        this.metadata["slug"] = organization.slug
        owner = add_member(
            acting=None, organization=organization, email=owner_email, role=Role.OWNER
        )
        if password is not None:
            _give_password(owner.user, password)
    return NewOrganization(organization, owner)


def change_plan(*, organization: Organization, plan: Plan) -> None:
    """Move an organization to a plan; stored selections stay as they are."""
    with act("PLAN_CHANGED", organization_id=organization.pk, plan=plan.value) as this:
        this.action = "PLAN_CHANGED"  # also where it is part of a wider act (support staff)
        locked = locked_organization(organization)
        this.metadata["previous_plan"] = locked.plan
        organization.plan = plan.value
        organization.save(update_fields=["plan"])


def _with_free_slug(name: str, plan: Plan) -> Organization:
    base = slugify(name)[:_SLUG_CHARS].strip("-_").replace("_", "-") or "org"
    taken = _taken_slugs(base)
    for number in count(1):
        slug = base if number == 1 else f"{base}-{number}"
        if slug not in taken:
            organization = Organization(name=name, slug=slug, plan=plan.value)
            organization.full_clean(validate_unique=False)
            try:
                with transaction.atomic():
                    organization.save()
            except IntegrityError:
                continue  # taken by another one just now
            return organization
    raise AssertionError("count() does not end")


def _taken_slugs(base: str) -> set[str]:
    return set(Organization.objects.filter(slug__startswith=base).values_list("slug", flat=True))


def _give_password(user: User, password: str) -> None:
    if user.has_usable_password():
        if not user.check_password(password):
            raise PasswordConflictError(
                f"{user.email} has another password already: leave the password out."
            )
        return
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "token_version"])
