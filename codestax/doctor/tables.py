"""What the tables are protected by: constraints, indexes and triggers that hold."""

from collections.abc import Iterator

from django.db import connection

from codestax.doctor.problem import Problem

AREA = "tables"
# Table, trigger, and whether it fires for a session that says to be a replica, too.
GUARDS = {
    ("audit_auditlogsaas", "audit_entry_guard", "A"),
    ("audit_auditlogsaas", "audit_entry_truncate", "A"),
    ("audit_audithead", "audit_head_guard", "A"),
    ("audit_audithead", "audit_head_stays", "A"),
    ("audit_auditcheckpoint", "audit_checkpoint_stays", "A"),
    ("audit_audittrim", "audit_trim_guard", "A"),
    ("audit_audittrim", "audit_trim_stays", "A"),
    ("compliance_policyversion", "compliance_policyversion_append_only", "O"),
}
TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
_UNVALIDATED = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
"""
_INVALID = """
SELECT i.indrelid::regclass::text, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT (i.indisvalid AND i.indisready) AND c.relnamespace = current_schema()::regnamespace
"""
_ALLOWED = """
SELECT role, relname, privilege
FROM unnest(ARRAY['codestax_app', 'codestax_staff']) role,
    unnest(ARRAY['audit_auditlogsaas', 'audit_audithead', 'audit_auditcheckpoint',
                 'audit_audittrim']) relname,
    unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) privilege
WHERE has_table_privilege(role, relname, privilege)
    AND (relname, privilege) <> ('audit_audithead', 'UPDATE')
"""


def problems() -> Iterator[Problem]:
    yield from _constraints()
    yield from _indexes()
    yield from _guards()
    yield from _rights()


def _constraints() -> Iterator[Problem]:
    for table, name in _rows(_UNVALIDATED):
        yield Problem(
            AREA,
            f"The constraint {name} of {table} was never checked against the rows that are there.",
            f"Run ALTER TABLE {table} VALIDATE CONSTRAINT {name}; and mend the rows that it names.",
        )


def _indexes() -> Iterator[Problem]:
    for table, name in _rows(_INVALID):
        yield Problem(
            AREA,
            f"The index {name} of {table} is not valid: its making was broken off.",
            f"Run REINDEX INDEX CONCURRENTLY {name};",
        )


def _guards() -> Iterator[Problem]:
    for table, name, _ in sorted(GUARDS - set(_rows(TRIGGERS))):
        yield Problem(
            AREA,
            f"The trigger {name}, which keeps {table} append-only, is missing or switched off.",
            f"Run `manage.py audit verify`, then ALTER TABLE {table} ENABLE "
            f"{'ALWAYS ' if table.startswith('audit_') else ''}TRIGGER {name}; or make it again as "
            "its migration does.",
        )


def _rights() -> Iterator[Problem]:
    for role, table, privilege in sorted(_rows(_ALLOWED)):
        yield Problem(
            AREA,
            f"{role} has the right to {privilege} {table}.",
            f"Run SELECT audit_restrict('{role}'); as the tables' owner.",
        )


def _rows(statement: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
