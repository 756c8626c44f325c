"""Faults inside of a transaction: PostgreSQL refuses it as often as is wanted, or is cut off.

They are triggers on a table that the product writes, by default the one that every change of a
selection writes, so that the product meets them where it would meet the true ones.
"""

import re
import shutil
import socket
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

SELECTIONS = "compliance_policyversion"
# A sequence counts what a rollback takes back everywhere else.
_COUNTED = """
CREATE SEQUENCE toxic_count;
CREATE FUNCTION toxic() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF nextval('public.toxic_count') <= {times} THEN
        {fault}
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER toxic AFTER INSERT ON {table} {when}
    FOR EACH ROW EXECUTE FUNCTION toxic();
"""
_REMOVE = """
DROP TRIGGER toxic ON {table};
DROP FUNCTION toxic();
DROP SEQUENCE toxic_count;
"""
AT_ONCE, AT_THE_COMMIT = "NOT DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"
LOST = "PERFORM pg_terminate_backend(pg_backend_pid());"


def refused(state):
    return f"RAISE EXCEPTION 'as the drill wants it' USING ERRCODE = '{state}';"


@contextmanager
def fault(product, what, *, times, when=AT_ONCE, table=SELECTIONS):
    """Let the first `times` rows of a table meet a fault; yields how many have tried."""
    product.run(_COUNTED.format(times=times, fault=what, table=table, when=when))
    try:
        yield lambda: product.one(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM toxic_count"
        )
    finally:
        product.run(_REMOVE.format(table=table))


class Cable:
    """A socket before PostgreSQL's own. Once it is told to, it cuts a connection at its commit:

    the server gets the COMMIT and does it, and who sent it never hears of it.
    """

    def __init__(self, server_socket):
        self.target = str(server_socket / ".s.PGSQL.5432")
        self.directory = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / ".s.PGSQL.5432"))
        self.listener.listen(16)
        self.cuts = 0
        Thread(target=self._accept, daemon=True).start()

    def through(self, url):
        """The same database, reached by way of this."""
        return re.sub(r"host=[^&]+", f"host={self.directory}", url)

    def cut_at_next_commit(self):
        self.cuts += 1

    def close(self):
        self.listener.close()
        shutil.rmtree(self.directory)

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.target)
                Thread(target=self._up, args=(near, far), daemon=True).start()
                Thread(target=self._down, args=(near, far), daemon=True).start()

    def _up(self, near, far):
        with suppress(OSError):
            while data := near.recv(65536):
                if self.cuts and b"COMMIT" in data:
                    self.cuts -= 1
                    near.shutdown(socket.SHUT_RDWR)
                far.sendall(data)
        # The server answers first what it has got.
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    @staticmethod
    def _down(near, far):
        with suppress(OSError):
            while data := far.recv(65536):
                with suppress(OSError):
                    near.sendall(data)
        for end in (near, far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes who still reads from it
            end.close()
