"""A former release's own tests, the quick ones, on the schema of the present migrations."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import psycopg

from tests.faults.product import create_database
from tests.tables import migrated

PROCESSES = 2
_EMPTYING = "emptied_with_what_is_new"


class Outcome(NamedTuple):
    """How many passed and were skipped, and the names of what failed."""

    passed: int
    skipped: int
    failed: set[str]

    @classmethod
    def read(cls, path):
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))  # noqa: S314 - pytest's
        failed = {_name(case) for case in cases if _has(case, "failure", "error")}
        skipped = sum(_has(case, "skipped") for case in cases)
        names = {_name(case) for case in cases}
        return cls(len(names) - len(failed) - skipped, skipped, failed)


def on_the_present_schema(release, accounts):
    """Each process of pytest finds its database already made, by the present migrations."""
    made = create_database(accounts, "test_former", template=migrated(accounts))
    of_processes = [
        create_database(accounts, f"test_former_gw{number}", template="test_former")
        for number in range(PROCESSES)
    ]
    side_by_side = ("-n", str(PROCESSES), "--dist", "loadfile")
    # Named by its settings, and asked which databases there are; the tests do not work in it.
    named = create_database(accounts, "former")
    outcome = _run(release, named, "--reuse-db", *side_by_side)
    # Else they were made anew, by the release's own migrations.
    assert [_applied(one) for one in of_processes] == [_applied(made)] * PROCESSES
    return outcome


def failed_ones_on_its_own_schema(release, accounts):
    """What fails here too does so for other reasons: a library, or that this is no git checkout."""
    named = create_database(accounts, "former_own")
    return _run(release, named, "--create-db", "--last-failed")


def _run(release, accounts, *arguments):
    shutil.copy(Path(__file__).with_name(f"{_EMPTYING}.py"), release.root)
    results = release.root / "var" / "results.xml"
    command = [sys.executable, "-B", "-m", "pytest", "-q", "--no-header", "-p", _EMPTYING]
    command += ["-p", "no:randomly", "-m", "not slow", f"--junit-xml={results}", *arguments]
    named = release.environment(accounts)
    del named["DJANGO_SETTINGS_MODULE"]  # its setup.cfg names those of its tests
    with release.told.open("a") as told:
        subprocess.run(
            command, cwd=release.root, env=_environment() | named, stdout=told, check=False
        )
    return Outcome.read(results)


def _applied(accounts):
    """The migrations that a database has, with their times."""
    with psycopg.connect(accounts.owner) as connection:
        return connection.execute("SELECT * FROM django_migrations ORDER BY id").fetchall()


def _environment():
    """That of this process, without what belongs to the present release's tests."""
    ours = ("DJANGO_SETTINGS_MODULE", "DATABASE_ACCOUNT", "DRILLS", "FORMER_RELEASE")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _name(case):
    return f"{case.get('classname')}::{case.get('name')}"


def _has(case, *tags):
    return any(case.find(tag) is not None for tag in tags)
