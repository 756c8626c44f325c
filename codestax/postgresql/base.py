"""Django's PostgreSQL backend: it tells the session whose rows are wanted, and asks less.

`codestax.common.tenancy` says whose. The session is told when a cursor is made for a scope that is
not the one it was told last, so neither a request nor a connection pays for what did not change.
"""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from psycopg.pq import TransactionStatus

from codestax.common.tenancy import APP, Scope, current_scope
from codestax.postgresql.privileges import excess

# For the session and not for the transaction: most requests are reads, which need none.
_TELL = """
SELECT set_config('role', %s, false), set_config('app.org_id', %s, false),
    set_config('app.user_id', %s, false)
"""
# How long a migration waits for a table.
LOCK_SECONDS = 3
# No scope equals it: the session may have been told anything.
_UNKNOWN: Any = object()


class SchemaEditor(DatabaseSchemaEditor):
    """Changes tables without holding up those who use them.

    Who wants a table for itself waits for all that use it, and all that come later wait behind it.
    So it waits for a moment only and gives up; `manage.py migrate` then begins the migration again.
    """

    def __enter__(self) -> Any:
        entered = super().__enter__()
        # One without a transaction waits for others' transactions to build an index, half of which
        # would be left where it gave up. Its other steps bound their waiting themselves.
        if self.atomic_migration and self.connection.in_atomic_block:
            self.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        return entered


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    _told: Scope | None = _UNKNOWN
    _is_left_alone = False
    commits = 0  # of this thread's transactions, for who asks whether there was one
    asked = 0  # rises with whatever is asked of the database, for who has read a row before

    def is_usable(self) -> bool:
        """Whether a kept connection still serves; asked once at the start of every request.

        A server that ends a connection says so on it. Where nothing waits to be read there is no
        need to ask, which would cost each request as much as a query.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return bool(super().is_usable()) if waiting.poll(0) else True

    def get_new_connection(self, conn_params: Any) -> Any:
        self._told = None  # a new session knows of nobody
        return super().get_new_connection(conn_params)

    def init_connection_state(self) -> None:
        """Bound the statements, and refuse to work past the wall, where this process serves."""
        super().init_connection_state()
        if settings.DATABASE_ACCOUNT != "app":
            return
        with self.connection.cursor() as cursor:
            # Not in the start-up packet, which poolers refuse to pass on.
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, false)",
                [f"{settings.DATABASE_STATEMENT_SECONDS}s"],
            )
            reason = excess(cursor) if settings.PRODUCTION else ""
        if reason:
            self.close()
            raise ImproperlyConfigured(reason)

    def create_cursor(self, name: str | None = None) -> Any:
        self.asked += 1
        scope = current_scope.get()
        if self._told is not scope and self._told != scope and not self._is_left_alone:
            self._tell(scope)
        return super().create_cursor(name)

    def _tell(self, scope: Scope | None) -> None:
        self._told = _UNKNOWN
        wanted = scope or Scope(role="none")
        values = (wanted.role, _text(wanted.org_id), _text(wanted.user_id))
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(_TELL, values)
        self._told = scope

    def fetch_telling(self, statement: str, values: Any, told: Callable[[Any], Scope]) -> Any:
        """Return the first row of a statement that itself tells the session whose rows to show.

        `told` is what it told, given the row; where there is none it has told nothing. It needs
        the app's role and no more of a scope. Saves the look-ups of every request a round trip.
        """
        if not _is_app(self._told):
            self.cursor().close()  # told as ever
        with self._left_alone(), self.cursor() as cursor:
            before, self._told = self._told, _UNKNOWN
            cursor.execute(statement, values)
            row = cursor.fetchone()
            if _is_app(before):
                self._told = before if row is None else told(row)
        return row

    @contextmanager
    def _left_alone(self) -> Iterator[None]:
        """Make cursors without telling the session anything."""
        self._is_left_alone = True
        try:
            yield
        finally:
            self._is_left_alone = False

    # What a transaction told the session ends with it where it is undone.

    def _savepoint_rollback(self, sid: str) -> None:
        # A transaction that has failed takes no statement but this.
        with self._left_alone():
            super()._savepoint_rollback(sid)  # type: ignore[misc] # the stubs leave it out
        self._told = _UNKNOWN

    def _rollback(self) -> None:
        self.asked += 1
        self._told = _UNKNOWN
        super()._rollback()  # type: ignore[misc]

    def _commit(self) -> None:
        self.asked += 1
        if self.connection and self.connection.info.transaction_status == TransactionStatus.INERROR:
            self._told = _UNKNOWN  # the server rolls it back instead
        super()._commit()  # type: ignore[misc]
        self.commits += 1


def _is_app(scope: Any) -> bool:
    return isinstance(scope, Scope) and scope.role == APP


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
