"""Reads of the audit log; it has no other writes than one row at a time."""

from typing import Any, NoReturn, Self

from codestax.common.querysets import TenantQuerySet


class AppendOnlyError(Exception):
    """Somebody tried to change or remove what was recorded."""

    def __init__(self) -> None:
        super().__init__("The audit log is append-only: entries are never changed or deleted.")


class AppendOnlyQuerySet(TenantQuerySet):
    def update(self, **values: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError


class AuditLogQuerySet(AppendOnlyQuerySet):
    def bulk_create(self, *args: Any, **options: Any) -> NoReturn:
        # Each entry takes its place in the chain when it is saved.
        raise AppendOnlyError

    def in_chain(self, org: int) -> Self:
        """The entries of one chain; 0 is that of no organization."""
        return self.filter(org=org or None, seq__isnull=False)
