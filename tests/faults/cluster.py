"""A PostgreSQL of its own that a test may stop and start."""

import shutil
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg

from bench.server import Accounts
from codestax import embedded


class Cluster:
    def __init__(self, directory, *, roles):
        directory.mkdir()
        self.server = embedded._Server(directory)
        self.server.prepare()
        self.server.run()
        if roles:
            self.server.make_roles()
        self.accounts = Accounts.embedded(self.server.url)

    def restart(self, mode):
        self.stop(mode)
        self.start()

    def stop(self, mode="fast"):
        data = str(self.server.data)
        self.server._call("pg_ctl", "stop", "--wait", "--mode", mode, "--pgdata", data)

    def start(self):
        self.server.run()

    def call(self, program, *arguments):
        """What one of PostgreSQL's programs prints."""
        done = self.server._run(program, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def checkpoint(self):
        """Call it after a database was copied: else a crash sets its sequences back.

        A sequence is logged 32 numbers ahead, and what was logged of the template is not of its
        copy. From a checkpoint on it is logged anew.
        """
        with psycopg.connect(self.accounts.owner, autocommit=True) as connection:
            connection.execute("CHECKPOINT")


@contextmanager
def cluster(*, roles=True, disk=nullcontext):
    """Its directory is one that any account may enter: the server never runs as root.

    `disk` is entered with the directory, to put something below it.
    """
    directory = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    directory.chmod(0o755)
    with _removed(directory), disk(directory):
        made = Cluster(directory / "db", roles=roles)
        yield made
        if made.server._is_running():
            made.stop("immediate")  # another way would write out what is thrown away


@contextmanager
def _removed(directory):
    try:
        yield
    finally:
        shutil.rmtree(directory)
