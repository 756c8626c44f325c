"""Databases that have all tables already, to be copied: a copy takes far less than migrations.

They stay on the server from run to run, and are made anew when a migration or a library changes.
"""

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
_FORMER, _HALF = "codestax_tables_of_", "codestax_tables_half"


def migrated(accounts):
    """The name of such a database on the server of `accounts`."""
    name = _FORMER + _digest()
    with psycopg.connect(accounts.owner, autocommit=True) as connection:
        # Several processes of tests ask at once: the first makes it, and the others wait.
        connection.execute("SELECT pg_advisory_lock(hashtext('codestax_tables'))")
        found = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        if name not in found:
            for other in found:
                if other.startswith(_FORMER):
                    _drop(connection, other)
            _make(connection, accounts, name)
    return name


def _digest():
    """Of all that decides which tables there are."""
    sources = [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    content = b"".join(source.read_bytes() for source in sources)
    return hashlib.sha256(content).hexdigest()[:12]


def _drop(connection, name):
    with suppress(psycopg.errors.ObjectInUse):  # by the tests of another checkout
        connection.execute(f"DROP DATABASE {name}")


def _make(connection, accounts, name):
    """Under another name until it is whole; with the tables of single sign-on, as tests ask."""
    connection.execute(f"DROP DATABASE IF EXISTS {_HALF} WITH (FORCE)")
    connection.execute(f"CREATE DATABASE {_HALF}")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ
        | accounts.beside(_HALF).environment
        | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=True,
    )
    connection.execute(f"ALTER DATABASE {_HALF} RENAME TO {name}")
