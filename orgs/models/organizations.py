"""Organizations, and who belongs to them with which role."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models.accounts import User
from orgs.querysets import MembershipQuerySet


def choices_of(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value.capitalize()) for value in values]


class Organization(models.Model):
    """A customer: the tenant that every other row belongs to."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")],
    )
    plan = models.CharField(max_length=20, choices=choices_of(Plan), default=Plan.FREE.value)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Members without a second step are led to set it up before anything else.
    requires_mfa = models.BooleanField(
        "requires two-step sign-in", default=False, db_default=False, editable=False
    )

    class Meta:
        ordering: ClassVar = ["name", "id"]
        permissions: ClassVar = [("change_plan", "Can change the plan of an organization")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(plan__in=[plan.value for plan in Plan]), name="orgs_organization_plan"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in an organization."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=choices_of(Role), default=Role.MEMBER.value)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The newest invitation that was mailed; None where a command made the membership.
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["org", "id"]
        permissions: ClassVar = [("resend_invitation", "Can resend an invitation")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "user"],
                name="orgs_membership_unique_user",
                violation_error_message="This user is a member already.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="orgs_membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.org} ({self.role})"

    @property
    def has_come_in(self) -> bool:
        """Whether the user has signed in since the membership began. Reads `self.user`.

        Earlier sign-ins do not count: that an email was known before is no business of the
        organization that it is added to.
        """
        last_login = self.user.last_login
        return last_login is not None and last_login >= self.created_at
