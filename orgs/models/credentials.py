"""What acts for people, API keys and families of tokens; and what is counted of their use."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orgs.domain.browsers import MOST_CHARS
from orgs.domain.keys import Environment, public_start
from orgs.domain.roles import Role, lower_of
from orgs.models.accounts import User
from orgs.models.organizations import Membership, Organization, choices_of
from orgs.querysets import ApiKeyQuerySet, SignInFailureQuerySet


class ApiKey(models.Model):
    """A key of one member, for one organization, with a role no higher than the member's.

    The secret is shown once and kept as its SHA-256; `public_id` finds the row.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="api_keys")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=choices_of(Role))
    environment = models.CharField(
        max_length=4,
        choices=choices_of(Environment),
        default=Environment.LIVE.value,
        db_default=Environment.LIVE.value,
        editable=False,
    )
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
        return public_start(self.environment, self.public_id)

    @property
    def effective_role(self) -> Role:
        """The key's role, lowered with the membership. Reads `self.membership`."""
        return lower_of(Role(self.role), Role(self.membership.role))


class SignIn(models.Model):
    """One sign-in's family of refresh tokens, of which only the newest is good.

    A second use of an older one is taken for theft and ends the family (RFC 9700, 4.14.2). From
    where and by what it was refreshed last is what its owner tells it by.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    refresh_jti = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The account's, as the newest tokens carry it; None where the former release issued them.
    token_version = models.PositiveIntegerField(null=True, editable=False)
    ip = models.GenericIPAddressField(null=True, editable=False)
    browser = models.CharField(
        max_length=MOST_CHARS, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Sign-in {self.pk} of {self.user}"


class UserSession(models.Model):
    """Whose a session of the pages is; all else of it is in the session itself.

    Written by orgs.pages.sessions with the session. The session's key, which opens it, is not here:
    of it the SHA-256. Without a constraint in the database, as sessions know their user: rows last
    for days.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="user_sessions", db_constraint=False
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Session {self.pk} of user {self.user_id}"


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
