from typing import Any

from rest_framework import serializers

from audit.models import AuditLogSaaS


class AuditLogOut(serializers.ModelSerializer[AuditLogSaaS]):
    metadata: Any = serializers.DictField()

    class Meta:
        model = AuditLogSaaS
        fields = ["id", "action", "actor_email", "ip", "user_agent", "metadata", "created_at"]


class AuditCheckpointOut(serializers.Serializer[Any]):
    """What was signed, the public key and the signature; binary values in hexadecimal."""

    v = serializers.IntegerField(help_text="Version of the format.")
    type = serializers.CharField()
    org = serializers.IntegerField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    head = serializers.CharField(help_text="The hash of entry `last_seq`.")
    merkle_root = serializers.CharField(help_text="RFC 6962, over the hashes of its entries.")
    previous = serializers.CharField(help_text="The signature of the checkpoint before.")
    made_at = serializers.CharField()
    key_id = serializers.CharField(help_text="Of SHA-256 of the public key, the first 16 digits.")
    public_key = serializers.CharField(help_text="Ed25519.")
    signature = serializers.CharField(help_text="Ed25519, over the canonical JSON of the others.")


class VerificationOut(serializers.Serializer[Any]):
    """What was looked at, and whether it holds."""

    holds = serializers.BooleanField()
    detail = serializers.CharField(help_text="What holds, or what does not, in a sentence.")
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField(help_text="Below `first_seq` where there was nothing.")
    signed_through = serializers.IntegerField(
        help_text="The last entry up to there that a checkpoint has signed; 0 for none."
    )
    next_after = serializers.IntegerField(
        allow_null=True, help_text="What to send as `after` next; null at the end of the log."
    )
    first_bad_seq = serializers.IntegerField(
        allow_null=True, help_text="The first entry that does not hold."
    )


def _after(what: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=2**63 - 1,
        help_text=f"Entries after this number; {what}.",
    )


class VerificationQuery(serializers.Serializer[Any]):
    after = _after("the `next_after` of the part before")


class StreamQuery(serializers.Serializer[Any]):
    after = _after("the `Next-Cursor` of the page before")
    limit = serializers.IntegerField(
        required=False, default=500, min_value=1, max_value=1000, help_text="1 to 1000."
    )
