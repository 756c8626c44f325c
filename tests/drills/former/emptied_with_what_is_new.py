"""A plugin for the pytest of a former release: it empties tables that it does not know of, too.

A TRUNCATE is refused while a newer table refers to one of those that it names, and by a newer
table's trigger. Both are of the tests alone: the product never truncates. Copied there, so it
imports nothing from here.
"""

import django.db.models  # noqa: F401 - before the next one, or they go in a circle
from django.db.backends.postgresql.operations import DatabaseOperations

_SWITCH = """
DO $$
DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT tgrelid::regclass AS of, tgname FROM pg_trigger
        WHERE tgtype & 32 > 0 AND NOT tgisinternal
    LOOP
        EXECUTE format('ALTER TABLE %s {verb} TRIGGER %I', guard.of, guard.tgname);
    END LOOP;
END
$$
"""
_plain = DatabaseOperations.sql_flush


def _sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
    emptying = _plain(self, style, tables, reset_sequences=reset_sequences, allow_cascade=True)
    return [_SWITCH.format(verb="DISABLE"), *emptying, _SWITCH.format(verb="ENABLE ALWAYS")]


DatabaseOperations.sql_flush = _sql_flush
