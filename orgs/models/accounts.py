"""People: their accounts, and who they are at identity providers."""

from collections.abc import Iterator
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from orgs.querysets import UserManager


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
