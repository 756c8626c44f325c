"""The ends of the chains, where entries are appended: statements by hand, for the lock is short.

Every act of an organization waits while another one's entry is written, and the ORM took twice as
long for it, with a statement more.
"""

from typing import Any

from psycopg.types.json import Jsonb

from audit.domain.chain import GENESIS

_LOCK_END = "SELECT seq, hash FROM audit_audithead WHERE org_id = %s FOR UPDATE"
_BEGIN_CHAIN = """
INSERT INTO audit_audithead (org_id, seq, hash) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING
"""
_MOVE_END = "UPDATE audit_audithead SET seq = %s, hash = %s WHERE org_id = %s"
_APPEND = """
WITH chain AS (
    UPDATE audit_audithead SET seq = %(seq)s, hash = %(hash)s WHERE org_id = %(chain)s
)
INSERT INTO audit_auditlogsaas (
    org_id, action, actor_email, ip, user_agent, metadata, created_at, seq, hash
) VALUES (
    %(org_id)s, %(action)s, %(actor_email)s, %(ip)s, %(user_agent)s, %(metadata)s, %(created_at)s,
    %(seq)s, %(hash)s
) RETURNING id
"""


def locked_end(cursor: Any, chain: int) -> tuple[int, bytes]:
    """The number and hash of a chain's newest entry, locked until the commit."""
    cursor.execute(_LOCK_END, [chain])
    found = cursor.fetchone()
    if found is None:
        cursor.execute(_BEGIN_CHAIN, [chain, GENESIS])
        cursor.execute(_LOCK_END, [chain])
        found = cursor.fetchone()
    return found[0], bytes(found[1])


def append(cursor: Any, chain: int, entry: dict[str, Any]) -> int:
    """Insert an entry, given by its columns, as the new end of its chain; return its id."""
    cursor.execute(_APPEND, entry | {"chain": chain, "metadata": Jsonb(entry["metadata"])})
    return int(cursor.fetchone()[0])


def move_end(cursor: Any, chain: int, seq: int, digest: bytes) -> None:
    cursor.execute(_MOVE_END, [seq, digest, chain])
