from typing import Any

from rest_framework import serializers

from audit.models import AuditLogSaaS


class AuditLogOut(serializers.ModelSerializer[AuditLogSaaS]):
    metadata: Any = serializers.DictField()

    class Meta:
        model = AuditLogSaaS
        fields = ["id", "action", "actor_email", "ip", "user_agent", "metadata", "created_at"]
