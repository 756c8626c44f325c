"""Rows that are about to change: read and locked one at a time, by statements built once.

Others wait while a row is locked, so what can be spared between its lock and the commit is. The
ORM takes four times as long to build such a query as all the rest of it takes.
"""

from functools import cache
from typing import Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=Model)
_READ = "_read_and_locked"  # an instance's row, and what had been asked then


def locked_row(model: type[M], **equal: Any) -> M | None:
    """Return the one row whose columns equal these values, locked until the transaction ends.

    None where there is none. The lock lets foreign keys to the row be written still. `equal` are
    columns that are unique together: `pk` is no column, and an organization's is `org_id`.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"Lock a {model.__name__} inside transaction.atomic().")
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, tuple(equal)), list(equal.values()))
        row = cursor.fetchone()
    if row is None:
        return None
    found = _instance(model, row)
    found.__dict__[_READ] = row, _asked()
    return found


def stored_row(instance: M) -> M | None:
    """Return what the database holds of an instance, locked: what saving it replaces.

    It is read now, unless `locked_row` read the instance and nothing was asked since.
    """
    row, asked = instance.__dict__.pop(_READ, (None, None))
    if asked == _asked():
        return _instance(type(instance), row)
    return locked_row(type(instance), id=instance.pk)


def _asked() -> int:
    return cast("int", cast("Any", connection).asked)


@cache
def _statement(model: type[Model], columns: tuple[str, ...]) -> str:
    quoted = connection.ops.quote_name
    wanted = ", ".join(quoted(str(field.column)) for field in model._meta.concrete_fields)
    where = " AND ".join(f"{quoted(column)} = %s" for column in columns)
    table = quoted(model._meta.db_table)
    return f"SELECT {wanted} FROM {table} WHERE {where} FOR NO KEY UPDATE"  # noqa: S608 - of models


def _instance(model: type[M], row: tuple[Any, ...]) -> M:
    names, readers = _fields(model)
    # Lists are the instance's own: who changes one in place changes no other instance.
    values = [list(value) if isinstance(value, list) else value for value in row]
    for index, reader in readers:
        values[index] = reader(values[index], None, connection)
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@cache
def _fields(model: type[Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """The fields' names, and of those that are not kept as they are (JSON) what reads them."""
    fields = model._meta.concrete_fields
    readers = [
        (index, reader)
        for index, field in enumerate(fields)
        for reader in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], readers
