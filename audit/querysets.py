"""Reads of the audit log; it has no other writes than one row at a time."""

from typing import Any, NoReturn

from codestax.common.querysets import TenantQuerySet


class AppendOnlyError(Exception):
    """Somebody tried to change or remove what was recorded."""

    def __init__(self) -> None:
        super().__init__("The audit log is append-only: entries are never changed or deleted.")


class AuditLogQuerySet(TenantQuerySet):
    def update(self, **values: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError
