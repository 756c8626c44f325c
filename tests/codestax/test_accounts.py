"""The accounts of a server of one's own, made by README's statements, and what refuses others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import codestax.settings
from tests.faults.cluster import cluster

ROOT = Path(codestax.settings.__file__).parents[1]
SIGNING_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SECRET = "".join(chr(ord("a") + number % 26) + str(number) for number in range(40))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url():
    """The URL of README's database, for the account that stands in it."""
    statements = re.search(r"```sql\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    with cluster(roles=False) as made:
        with psycopg.connect(made.accounts.owner, autocommit=True) as connection:
            for statement in (
                statements[1].replace("DATABASE codestax", "DATABASE other").split(";")
            ):
                connection.execute(statement)

        def of(account):
            return made.accounts.owner.replace("//codestax@/codestax", f"//{account}@/other")

        yield of


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-B", "manage.py", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PRODUCTION": "true",
            "SECRET_KEY": SECRET,
            "JWT_SIGNING_KEY": SECRET[::-1],
            "AUDIT_SIGNING_KEY": SIGNING_KEY,
            "ALLOWED_HOSTS": "codestax.example",
            "MFA_REQUIRED": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def migrated(url):
    accounts = {
        "DATABASE_URL": url("codestax_app"),
        "DATABASE_OWNER_URL": url("codestax_owner"),
    }
    done = manage("migrate", "--verbosity", "0", **accounts)
    assert done.returncode == 0, done.stderr
    return accounts


def test_readmes_roles_are_all_that_the_product_needs(migrated):
    told = ("bootstrap_org", "--name", "Acme", "--email", "o@acme.example", "--json")

    made = manage(*told, **migrated)
    checked = manage("database", "check", **migrated)

    assert made.returncode == 0, made.stderr
    assert checked.stdout == "The database is as the product needs it.\n", checked.stderr


def test_the_doctor_sees_through_that_account_what_an_owner_would(migrated):
    done = manage("doctor", TRUSTED_PROXIES="1", **migrated)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "queue: No worker is alive: uploads wait, and the audit log is not signed. "
        "Start `manage.py worker`, or `manage.py serve` with SERVE_WORKER=true."
    ]


def test_the_doctor_names_an_account_that_production_refuses(url):
    done = manage("doctor", TRUSTED_PROXIES="1", DATABASE_URL=url("codestax"))

    assert done.returncode == 1
    assert done.stdout.startswith("database: The database account codestax is a superuser")


def test_the_doctor_says_nothing_of_a_url_that_leads_nowhere():
    done = manage(
        "doctor", TRUSTED_PROXIES="1", DATABASE_URL="postgresql://ada:s3cret@127.0.0.1:1/none"
    )

    assert done.returncode == 1
    assert done.stdout.startswith("database: The database cannot be reached with DATABASE_URL.")
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("account", "said"), [("codestax", "is a superuser"), ("codestax_owner", "owns the tables")]
)
def test_production_does_not_start_as(migrated, url, command, account, said):
    done = manage(command, **migrated | {"DATABASE_URL": url(account)})

    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: The database account {account} {said}")


def test_a_command_without_the_owners_account_says_what_to_set(migrated):
    told = ("bootstrap_org", "--name", "Acme", "--email", "o@acme.example", "--json")

    done = manage(*told, DATABASE_URL=migrated["DATABASE_URL"])

    assert done.returncode == 1
    assert "DATABASE_OWNER_URL" in done.stderr
