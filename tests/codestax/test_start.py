"""The start of a process: production refuses what would be unsafe, loopback needs nothing."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import codestax.settings

pytestmark = pytest.mark.slow

ROOT = Path(codestax.settings.__file__).parents[1]
# Nothing connects to this server.
SERVER = "postgresql://u:p@127.0.0.1:1/x"
SECRET = "".join(chr(ord("a") + number % 26) + str(number) for number in range(40))
PRODUCTION = {
    "PRODUCTION": "true",
    "SECRET_KEY": SECRET,
    "JWT_SIGNING_KEY": SECRET[::-1],
    "ALLOWED_HOSTS": "codestax.example",
    "DATABASE_URL": SERVER,
    "AUDIT_SIGNING_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}
IMPORT = ("-c", "import codestax.settings")


def start(var, *arguments, **env):
    """Run Python in an environment that holds nothing but `env`."""
    return subprocess.run(
        [sys.executable, "-B", "-W", "error", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "CODESTAX_VAR": str(var), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def sentence(done):
    """The last line that a process left."""
    return done.stderr.splitlines()[-1].partition(": ")[2]


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "PRODUCTION"])
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_production_does_not_start_without(tmp_path, name, value):
    env = {key: text for key, text in PRODUCTION.items() if key != name}
    env |= {} if value is None else {name: value}

    done = start(tmp_path / "var", *IMPORT, **env)

    assert done.returncode == 1
    assert sentence(done) == f"Set {name}: PRODUCTION=true has no default for it."
    assert not (tmp_path / "var").exists()


def test_production_does_not_start_with_one_secret_for_both(tmp_path):
    done = start(tmp_path / "var", *IMPORT, **PRODUCTION | {"JWT_SIGNING_KEY": SECRET})

    assert done.returncode == 1
    assert sentence(done).startswith("JWT_SIGNING_KEY must differ from SECRET_KEY")


def test_production_does_not_start_with_debug(tmp_path):
    done = start(tmp_path / "var", *IMPORT, **PRODUCTION, DEBUG="true")

    assert done.returncode == 1
    assert sentence(done) == "DEBUG=true shows secrets to visitors: leave it out of production."


def test_nothing_starts_that_requires_a_second_step_of_all_and_offers_it_to_nobody(tmp_path):
    done = start(tmp_path / "var", *IMPORT, MFA_REQUIRED="true", MFA_ENABLED="false")

    assert done.returncode == 1
    assert sentence(done).startswith("MFA_REQUIRED=true asks of everybody what MFA_ENABLED=false")


def test_a_list_of_breached_passwords_joins_what_new_ones_are_checked_by(tmp_path):
    (tmp_path / "list").write_text("")
    show = ("-c", "from codestax.settings import *; print(AUTH_PASSWORD_VALIDATORS[-1])")

    done = start(tmp_path / "var", *show, BREACHED_PASSWORDS_FILE=str(tmp_path / "list"))

    assert "BreachedPasswordsValidator" in done.stdout
    assert str(tmp_path / "list") in done.stdout


@pytest.mark.parametrize("name", ["nowhere", "."], ids=["missing", "folder"])
def test_nothing_starts_with_a_list_of_breached_passwords_that_cannot_be_read(tmp_path, name):
    done = start(tmp_path / "var", *IMPORT, BREACHED_PASSWORDS_FILE=str(tmp_path / name))

    assert done.returncode == 1
    assert sentence(done).startswith("BREACHED_PASSWORDS_FILE cannot be read: ")


def test_s39_production_passes_the_deployment_checks(tmp_path):
    done = start(
        tmp_path / "var", "manage.py", "check", "--deploy", "--fail-level", "INFO", **PRODUCTION
    )

    assert done.stdout == "System check identified no issues (0 silenced).\n"
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "var").exists()


ASK_FOR_ADMIN = """
import django
from django.urls import Resolver404, resolve
django.setup()
try:
    print(resolve("/admin/login/").view_name)
except Resolver404:
    print("nothing")
"""


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"DATABASE_URL": SERVER}, "admin:login"),
        ({"DATABASE_URL": SERVER, "ADMIN_ENABLED": "false"}, "nothing"),
        (PRODUCTION, "nothing"),
        (PRODUCTION | {"ADMIN_ENABLED": "true"}, "admin:login"),
    ],
    ids=["loopback", "switched_off", "production", "switched_on"],
)
def test_s39_the_support_pages_are_there_only_where_they_are_wanted(tmp_path, env, found):
    settings = {"DJANGO_SETTINGS_MODULE": "codestax.settings"}

    done = start(tmp_path / "var", "-c", ASK_FOR_ADMIN, **env, **settings)

    assert (done.stdout.strip(), done.stderr) == (found, "")


def test_production_reads_secrets_from_files(tmp_path):
    env = dict(PRODUCTION)
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "DATABASE_URL", "AUDIT_SIGNING_KEY"):
        (tmp_path / name).write_text(f"{env.pop(name)}\n")
        env[f"{name}_FILE"] = str(tmp_path / name)

    assert start(tmp_path / "var", *IMPORT, **env).returncode == 0


def test_former_secret_keys_may_stand_in_a_file(tmp_path):
    (tmp_path / "former").write_text("the one before, and before that\n")
    show = ("-c", "from codestax.settings import *; print(SECRET_KEY_FALLBACKS)")

    done = start(
        tmp_path / "var", *show, **PRODUCTION, SECRET_KEY_FALLBACKS_FILE=str(tmp_path / "former")
    )

    assert done.stdout.strip() == "['the one before', 'and before that']"


def test_production_does_not_start_with_a_signing_key_that_is_none(tmp_path):
    done = start(
        tmp_path / "var", "manage.py", "check", **PRODUCTION | {"AUDIT_SIGNING_KEY": "c2VjcmV0"}
    )

    assert done.returncode == 1
    assert sentence(done).startswith("AUDIT_SIGNING_KEY must be an Ed25519 key")
    assert "c2VjcmV0" not in done.stderr


def test_a_bad_switch_stops_the_start(tmp_path):
    done = start(tmp_path / "var", *IMPORT, PRODUCTION="yes")

    assert done.returncode == 1
    assert sentence(done) == "PRODUCTION must be 'true' or 'false', not 'yes'."


SHOW_TOLERANCE = ("-c", "from codestax.settings import *; print(MFA_TOTP_TOLERANCE)")


@pytest.mark.parametrize(
    ("env", "shown"),
    [({}, "0"), ({"TOTP_TOLERANCE_STEPS": "1"}, "1"), ({"TOTP_TOLERANCE_STEPS": "30"}, "")],
    ids=["by default", "one step", "thirty"],
)
def test_an_apps_code_lives_for_its_step_unless_one_around_it_is_taken_too(tmp_path, env, shown):
    done = start(tmp_path / "var", *SHOW_TOLERANCE, DATABASE_URL=SERVER, **env)

    assert done.stdout.strip() == shown


def test_on_loopback_secrets_are_made_once_and_kept_to_their_owner(tmp_path):
    names = "SECRET_KEY, JWT_SIGNING_KEY, AUDIT_SIGNING_KEY"
    show = ("-c", f"from codestax.settings import *; print({names})")
    var = tmp_path / "var"

    first, second = (start(var, *show, DATABASE_URL=SERVER) for _ in range(2))

    assert first.stdout == second.stdout
    assert len(set(first.stdout.split())) == 3
    modes = {stat.S_IMODE(path.stat().st_mode) for path in var.iterdir()}
    assert modes == {0o600}


def test_two_first_starts_at_once_make_one_secret(tmp_path):
    show = (sys.executable, "-B", "-c", "from codestax.settings import *; print(SECRET_KEY)")
    env = {
        "PATH": os.environ["PATH"],
        "CODESTAX_VAR": str(tmp_path / "var"),
        "DATABASE_URL": SERVER,
    }
    both = [
        subprocess.Popen(show, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    first, second = (one.communicate()[0] for one in both)

    assert first == second
    assert len(first) > 50
