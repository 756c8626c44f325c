"""Support staff: who may open the support pages, and what they may do there.

Given by a command alone. Whoever can run it can do everything anyway, while rights that a page
could give would be rights that somebody may take for himself there.
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from codestax.common.acts import act
from codestax.common.errors import NotFoundError
from orgs.models import User

GROUP = "Support staff"
# They see what a customer asks about, and do three things; they hold no right over users, groups,
# the audit log or what an organization has decided.
PERMISSIONS = (
    "orgs.view_organization",
    "orgs.change_plan",
    "orgs.view_membership",
    "orgs.resend_invitation",
    "orgs.view_apikey",
    "orgs.revoke_apikey",
    "orgs.view_user",
    "scans.view_repository",
    "scans.view_scan",
    "scans.view_analysis",
    "scans.view_upload",
)


def add_support(*, email: str) -> User:
    """Let a person into the support pages; made without a password where there is none."""
    User(email=email.lower()).clean_fields(exclude=["password"])
    with act("USER_UPDATED", organization_id=None):
        user: User = User.objects.invited(email)
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.add(support_group())
        return user


def remove_support(*, email: str) -> User:
    """Take the rights away; a superuser stays one. NotFoundError for who is unknown."""
    with act("USER_UPDATED", organization_id=None):
        user: User | None = User.objects.with_email(email)
        if user is None:
            raise NotFoundError(f"There is no user {email}.")
        user.groups.remove(*Group.objects.filter(name=GROUP))
        user.is_staff = user.is_superuser
        user.save(update_fields=["is_staff"])
        return user


def support_group() -> Group:
    """The group, with exactly the permissions above, whatever it had before."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    wanted = Q()
    for name in PERMISSIONS:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    group.permissions.set(Permission.objects.filter(wanted))
    return group
