"""The database roles, and what is wrong with the accounts that the product meets.

`codestax_app` is what web processes and workers act as: it owns nothing, and row-level security
binds it. `codestax_staff` sees all organizations; the app may become staff for support's pages and
for upkeep, and has none of its rights by itself (NOINHERIT). The tables' owner holds both.
"""

from typing import Any

# Repeatable, whatever is there of it. Frozen into orgs.0004 too, for servers where the owner may
# make roles; README has it for those where it may not.
ROLES = """
DO $$
BEGIN
    IF to_regrole('codestax_app') IS NULL THEN
        CREATE ROLE codestax_app NOLOGIN NOINHERIT;
    END IF;
    IF to_regrole('codestax_staff') IS NULL THEN
        CREATE ROLE codestax_staff NOLOGIN;
    END IF;
    IF NOT pg_has_role('codestax_app', 'codestax_staff', 'MEMBER') THEN
        GRANT codestax_staff TO codestax_app;
    END IF;
END
$$
"""
# On loopback the app signs in as the role itself, over a socket that is its account's alone.
LOGIN = """
DO $$
BEGIN
    IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'codestax_app') THEN
        ALTER ROLE codestax_app LOGIN;
    END IF;
END
$$
"""

_EXCESS = """
SELECT rolname, rolsuper, rolbypassrls, EXISTS (
    SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        AND relkind IN ('r', 'p') AND pg_has_role(rolname, relowner, 'MEMBER')
), pg_has_role(rolname, to_regrole('codestax_staff')::oid, 'USAGE')
FROM pg_roles WHERE rolname IN (session_user, 'codestax_app')
ORDER BY rolname = session_user DESC
"""
_EXCESSES = (
    "is a superuser",
    "has BYPASSRLS",
    "owns the tables, or may become their owner",
    "has the rights of codestax_staff by itself, so it needs NOINHERIT",
)
_LACKING = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND NOT has_table_privilege('codestax_app', oid, 'SELECT')
ORDER BY relname
"""
_OPEN = """
SELECT relname FROM pg_class c
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND NOT relforcerowsecurity
    AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'org_id')
ORDER BY relname
"""


def excess(cursor: Any) -> str:
    """What lets this session past row-level security, in one sentence; "" where nothing does."""
    cursor.execute(_EXCESS)
    for name, *found in cursor.fetchall():
        for is_so, what in zip(found, _EXCESSES, strict=True):
            if is_so:
                return (
                    f"The database account {name} {what}: row-level security would not bind it. "
                    "Give DATABASE_URL an account of its own, as README's Run it shows."
                )
    return ""


def lack(cursor: Any) -> str:
    """What the database's tables miss for the app, in one sentence; "" where nothing is."""
    unreadable = _names(cursor, _LACKING)
    if unreadable:
        return (
            f"codestax_app may not read {unreadable}: run manage.py migrate with "
            "DATABASE_OWNER_URL, or restore the database with its privileges."
        )
    unprotected = _names(cursor, _OPEN)
    if unprotected:
        return (
            f"No row-level security is forced on {unprotected}: where a migration back was broken "
            "off, end it; then run manage.py migrate."
        )
    return ""


def _names(cursor: Any, statement: str) -> str:
    cursor.execute(statement)
    return ", ".join(name for (name,) in cursor.fetchall())
