"""A former release: its commit, its files and its environment.

It runs with the libraries of the present one.
"""

import io
import os
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.faults.product import ROOT

_MIGRATIONS = ":(glob)*/migrations/[0-9]*.py"


class NoHistoryError(Exception):
    """This checkout has no commits to take a former release from."""


class UnknownMigrationsError(Exception):
    """The commit was never followed by the present migrations: some of its own are not there."""


def former_commit():
    """What FORMER_RELEASE names; else the newest tag before this commit; where there is none, the
    commit before the one that brought the newest migration.

    Raises NoHistoryError only where history is missing; whatever else is wrong is an error.
    """
    if not (ROOT / ".git").exists():
        raise NoHistoryError("This is no git checkout: there is no former release in it.")
    name = os.environ.get("FORMER_RELEASE") or _newest_tag() or _before_the_newest_migration()
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    except subprocess.CalledProcessError:
        if _git("rev-parse", "--is-shallow-repository").strip() == "false":
            raise
        raise NoHistoryError(
            f"This clone is shallow and has no {name}: run git fetch --unshallow --tags."
        ) from None


def described(commit):
    return _git("log", "-1", "--format=%h (%s)", commit).strip()


def _newest_tag():
    done = _run("describe", "--tags", "--abbrev=0", "HEAD^")
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def _before_the_newest_migration():
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", _MIGRATIONS).strip()
    return f"{added}^"


def _git(*arguments):
    done = _run(*arguments)
    done.check_returncode()
    return done.stdout.decode()


def _run(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


class Release:
    """Its files below `root`; its processes need `environment`."""

    def __init__(self, commit, root):
        self.commit = commit
        self.root = root
        self.told = root / "pytest.txt"  # what its own tests print

    @property
    def has_two_accounts(self):
        """Before row-level security, web processes connected as the owner of the tables."""
        return (self.root / "codestax" / "postgresql" / "accounts.py").exists()

    def migrations(self):
        return migrations_below(self.root)

    def environment(self, accounts):
        """What its processes need besides that of this one."""
        return {
            "DJANGO_SETTINGS_MODULE": "codestax.settings",
            "DATABASE_OWNER_URL": accounts.owner,
            "DATABASE_URL": accounts.app if self.has_two_accounts else accounts.owner,
            "CODESTAX_VAR": str(self.root / "var"),
        }


def migrations_below(root):
    """As (app, name)."""
    return {(path.parts[-3], path.stem) for path in root.glob("*/migrations/[0-9]*.py")}


@contextmanager
def checked_out(commit):
    """The release's files in a directory of their own, which any account may enter."""
    with tempfile.TemporaryDirectory(prefix="cs-former-") as directory:
        root = Path(directory)
        root.chmod(0o755)
        archive = _run("archive", commit)
        archive.check_returncode()
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(root, filter="data")
        release = Release(commit, root)
        if unknown := release.migrations() - migrations_below(ROOT):
            raise UnknownMigrationsError(f"{commit} has what is gone or renamed: {unknown}")
        yield release
