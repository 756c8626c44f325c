"""What the API of keys, members and sign-in takes and gives."""

from typing import Any

from rest_framework import serializers

from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership

MAX_OVERLAP_HOURS = 168


class RoleField(serializers.ChoiceField):
    """A role, as the domain's own type."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[role.value for role in Role], **kwargs)

    def to_internal_value(self, data: Any) -> Role:
        return Role(super().to_internal_value(data))


class KeyOut(serializers.ModelSerializer[ApiKey]):
    """A key as lists show it; `effective_role` is lower than `role` after a demotion."""

    email = serializers.EmailField(source="membership.user.email", read_only=True)
    role = RoleField(read_only=True)
    effective_role = serializers.CharField(read_only=True)
    prefix = serializers.CharField(read_only=True)

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "email",
            "role",
            "effective_role",
            "prefix",
            "last_four",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
        ]
        read_only_fields = fields


class IssuedKeyOut(KeyOut):
    """A key just made, with its text: it is shown this once."""

    key = serializers.CharField(read_only=True)

    class Meta(KeyOut.Meta):
        fields = ["key", *KeyOut.Meta.fields]
        read_only_fields = fields


class KeyCreateIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    role = RoleField()
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class KeyRotateIn(serializers.Serializer[Any]):
    overlap_hours = serializers.IntegerField(min_value=0, max_value=MAX_OVERLAP_HOURS, default=0)


class MemberOut(serializers.ModelSerializer[Membership]):
    email = serializers.EmailField(source="user.email", read_only=True)
    role = RoleField(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "email", "role", "created_at"]
        read_only_fields = fields


class MemberAddIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = RoleField()


class MemberUpdateIn(serializers.Serializer[Any]):
    role = RoleField()


class SignInIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=32,
        required=False,
        help_text="A code of the authenticator app, or a recovery code, where two steps are on.",
    )


class RefreshIn(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class TokenPairOut(serializers.Serializer[Any]):
    """`access` is good for 15 minutes; `refresh` once, for the next pair."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class LeakIn(serializers.Serializer[Any]):
    """A text that looks like an API key, and where a scanner found it."""

    token = serializers.CharField(trim_whitespace=False)
    type = serializers.CharField()
    url = serializers.CharField(allow_blank=True, default="")
    source = serializers.CharField(allow_blank=True, default="")  # type: ignore[assignment]


class LeakOut(serializers.Serializer[Any]):
    """Whether it is a key of ours; `token_hash` is its SHA-256 in hexadecimal digits."""

    token_hash = serializers.CharField()
    token_type = serializers.CharField()
    label = serializers.ChoiceField(  # type: ignore[assignment]
        choices=["true_positive", "false_positive"]
    )
