"""Organizations, their members, and the credentials that act for them."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from orgs.domain.plans import Plan
from orgs.domain.roles import Role, lower_of
from orgs.querysets import (
    ApiKeyQuerySet,
    MembershipQuerySet,
    SignInFailureQuerySet,
    UserManager,
)


def choices_of(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value.capitalize()) for value in values]


class User(AbstractBaseUser, PermissionsMixin):
    """A person; signs in with the email, acts in an organization through a membership."""

    email = models.EmailField(
        max_length=254,
        unique=True,
        error_messages={"unique": "A user with this email exists already."},
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    # Tokens carry the version they were made under; a new password ends all of them.
    token_version = models.PositiveIntegerField(default=0, editable=False)
    # The address that a mail's link was followed from. Another email than this is unproven.
    proven_email = models.CharField(
        max_length=254, blank=True, default="", db_default="", editable=False
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            # With the unique column: one user per email, whatever its case, by a plain index.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="orgs_user_lower_email"),
        ]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return str(super().normalize_username(username)).lower()

    def get_session_auth_hash(self) -> str:
        """Sessions end with the tokens, whatever it is that raises their version."""
        return f"{super().get_session_auth_hash()}.{self.token_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for older in super().get_session_auth_fallback_hash():
            yield f"{older}.{self.token_version}"

    @property
    def has_proven_email(self) -> bool:
        """Whether whoever uses this account has shown to read its mail."""
        return self.proven_email == self.email

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.token_version += 1


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


class ApiKey(models.Model):
    """A key of one member, for one organization, with a role no higher than the member's.

    The secret is shown once and kept as its SHA-256; `public_id` finds the row.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="api_keys")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=choices_of(Role))
    public_id = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["org", "-id"]
        permissions: ClassVar = [("revoke_apikey", "Can revoke an API key")]
        indexes: ClassVar = [models.Index(fields=["org", "-id"], name="orgs_apikey_by_org")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="orgs_apikey_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def prefix(self) -> str:
        """The public start of the key, for lists and the audit log."""
        return f"cpl_live_{self.public_id}"

    @property
    def effective_role(self) -> Role:
        """The key's role, lowered with the membership. Reads `self.membership`."""
        return lower_of(Role(self.role), Role(self.membership.role))


class SignIn(models.Model):
    """One sign-in's family of refresh tokens, of which only the newest is good.

    A second use of an older one is taken for theft and ends the family (RFC 9700, 4.14.2).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    refresh_jti = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Sign-in {self.pk} of {self.user}"


class SignInFailure(models.Model):
    """A refused sign-in of the last minutes, counted to slow down guessing.

    The email is kept as a digest: people type passwords into that field.
    """

    email_digest = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SignInFailureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["email_digest", "created_at"], name="orgs_failure_by_email"),
            models.Index(fields=["ip", "created_at"], name="orgs_failure_by_ip"),
            models.Index(fields=["created_at"], name="orgs_failure_by_time"),
        ]

    def __str__(self) -> str:
        return f"Refused sign-in from {self.ip}"


class SecondFactor(models.Model):
    """Where the second step was kept before django-allauth's table; nothing reads or writes it.

    Processes of the former release read it while they are replaced. It goes with the next one.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    secret = models.BinaryField(editable=False)  # encrypted
    last_step = models.BigIntegerField(editable=False)
    recovery_digests = models.JSONField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["user"]

    def __str__(self) -> str:
        return f"Second factor of {self.user}"


class Identity(models.Model):
    """Who a person is at one identity provider: the issuer and its name for them (OIDC Core, 2).

    Written by orgs.services.single_sign_on alone. Without a `subject` the person has disconnected
    it, and the row keeps it from being connected again without them.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255, editable=False)
    subject = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 - not unique
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "identities"
        ordering: ClassVar = ["user", "issuer"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="orgs_identity_subject"),
            models.UniqueConstraint(fields=["user", "issuer"], name="orgs_identity_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"


class RateWindow(models.Model):
    """The requests of one credential or organization in the minute that began at `started_at`.

    Written by orgs.services.rates alone. The table is unlogged, and holds nothing worth keeping.
    """

    subject = models.CharField(max_length=40, primary_key=True)  # "key:7", "member:7", "org:7"
    started_at = models.DateTimeField()
    count = models.PositiveBigIntegerField()

    class Meta:
        ordering: ClassVar = ["subject"]

    def __str__(self) -> str:
        return f"{self.count} requests of {self.subject}"
