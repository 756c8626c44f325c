"""The audit log: who did what, from where, and what it changed."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone

from audit.querysets import AppendOnlyError, AuditLogQuerySet


class AuditLogSaaS(models.Model):
    """One accepted change. Rows are only ever added.

    There is no foreign key to the organization or the actor: an entry outlives both.
    """

    org = models.BigIntegerField(null=True, db_column="org_id")
    action = models.CharField(max_length=64)
    actor_email = models.CharField(max_length=254)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True, default="")
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AuditLogQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log entries"
        indexes: ClassVar = [
            models.Index(fields=["org", "-id"], name="audit_log_by_org"),
            models.Index(fields=["org", "action", "-id"], name="audit_log_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_email}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        # Forced, so that an instance made with an existing id cannot overwrite that row.
        super().save(*args, **(options | {"force_insert": True}))

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnlyError
