"""What the database holds, as text: to see which rows came, went or differ."""

from django.db import connection


def texts(conditions):
    """{name: its rows, byte for byte} for {name: (row's expression, table, SQL condition)}.

    One statement, since tests ask it before and after each request. The conditions are the tests'
    own text.
    """
    if not conditions:
        return {}
    statement = " UNION ALL ".join(
        f"SELECT '{name}', string_agg({row}::text, E'\\n' ORDER BY {row}::text)"
        f" FROM {table} t WHERE {condition}"
        for name, (row, table, condition) in conditions.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def changed(before, after):
    """The names of what differs."""
    return [name for name in before if before[name] != after[name]]
