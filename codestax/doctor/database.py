"""The server, and whether the product can work on it at all."""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from codestax.common.tenancy import Scope, scoped
from codestax.doctor.problem import Problem
from codestax.health import hindrance

AREA = "database"
# What must be on, or a crash of the host may lose what was answered with 200.
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def hindrances() -> Iterator[Problem]:
    """What keeps everything else from being looked at: access, migrations, roles, policies."""
    try:
        connection.ensure_connection()
    except ImproperlyConfigured as error:  # production's refusal of the account
        yield Problem(AREA, str(error))
    except DatabaseError:
        # Without the cause, which may name accounts and hosts.
        yield Problem(
            AREA,
            "The database cannot be reached with DATABASE_URL.",
            "Start it, and look at its address, its account and the network between.",
        )
    else:
        with scoped(Scope()):
            reason = hindrance()
        if reason:
            yield Problem(AREA, reason)


def problems() -> Iterator[Problem]:
    yield from _version()
    yield from _encoding()
    yield from _durability()


def _version() -> Iterator[Problem]:
    (oldest,) = connection.features.minimum_database_version or (0,)
    here = int(_shown("server_version_num")) // 10_000
    if here < oldest:
        yield Problem(
            AREA,
            f"PostgreSQL {here} is older than {oldest}.",
            "Upgrade the server (pg_upgrade, or dump and restore).",
        )


def _encoding() -> Iterator[Problem]:
    encoding = _shown("server_encoding")
    if encoding != "UTF8":
        yield Problem(
            AREA,
            f"The database's encoding is {encoding}: reports hold texts that it cannot store.",
            "Dump it, create it again with ENCODING 'UTF8' and restore it.",
        )


def _durability() -> Iterator[Problem]:
    for name in _DURABLE:
        if _shown(name) == "off":
            yield Problem(
                AREA,
                f"The server's {name} is off: a crash can lose what was answered as stored.",
                f"Set {name} = on in postgresql.conf and reload it.",
            )


def _shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])
