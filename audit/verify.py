#!/usr/bin/env python3
"""Verify an exported audit log of CodeStax Compliance, without CodeStax and without any secret.

    python verify.py audit-log.jsonl
    python verify.py audit-log.jsonl --checkpoint kept.json --key 0123456789abcdef

Needs Python 3.11 and `pip install cryptography`. `--checkpoint` names a file with checkpoints that
were kept outside, as `GET /api/audit/checkpoints` answers them: only with one can a log be told
from another that was made up as a whole. `--key` is the id of a key that you trust beside theirs.
Exit code 0: everything holds. 1: it does not; the sentence names the first bad entry. 2: no export.

The format is described in docs/audit-log.md.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = bytes(32)  # stands for the hash before entry 1
# What the hash of an entry covers, and what the signature of a checkpoint covers.
# fmt: off
ENTRY_FIELDS = ("v", "org", "seq", "action", "actor_email", "ip", "user_agent", "metadata",
                "created_at")
STATEMENT_FIELDS = ("v", "type", "org", "first_seq", "last_seq", "head", "merkle_root", "previous",
                    "made_at", "key_id")
# fmt: on
TRIMMED = "AUDIT_LOG_TRIMMED"
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
Record = dict[str, Any]


class BrokenLogError(Exception):
    """Says what does not hold; `seq` is the first entry that it shows at."""

    def __init__(self, seq: int | None, sentence: str) -> None:
        super().__init__(sentence)
        self.seq = seq


# Canonical JSON (RFC 8785)

_ENCODER = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    sort_keys=True,
    separators=(",", ":"),
)
# Where Python's JSON may differ from it: numbers that are no small integers (after the quote and
# colon of a key, or in a list), and keys beyond the basic plane, which are ordered by UTF-16. A
# text within a string that looks alike only costs time.
_LONG_NUMBER = re.compile(r'[:,\[](?<![^"]:)-?(?:[0-9]+[.eE]|[0-9]{16})')
_HIGH_PLANE = re.compile("[\U00010000-\U0010ffff]")


def canonical(value: Record | list[Any]) -> bytes:
    """Return `value` as RFC 8785 has it, integers as the doubles that they are in JSON."""
    text = _ENCODER.encode(value)
    if _LONG_NUMBER.search(text) or (not text.isascii() and _HIGH_PLANE.search(text)):
        text = _canonical(value)
    return text.encode()


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(k)}:{_canonical(v)}" for k, v in items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_canonical, value)) + "]"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _number(float(value)) if is_number else _ENCODER.encode(value)


def _number(value: float) -> str:
    """ECMAScript's text of a number: its shortest digits, with an exponent where it is long."""
    if value == 0:
        return "0"
    minus, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if 0 < point <= 21:  # noqa: PLR2004 - the bounds are ECMAScript's
        plain = text.ljust(point, "0")
        text = f"{plain[:point]}.{plain[point:]}".rstrip(".")
    elif -6 < point <= 0:  # noqa: PLR2004
        text = f"0.{'0' * -point}{text}"
    else:
        text = f"{text[0]}.{text[1:]}".rstrip(".") + f"e{point - 1:+d}"
    return f"-{text}" if minus else text


# Hashes (RFC 6962 for the trees) and signatures


def entry_hash(previous: bytes, entry: Record) -> bytes:
    """SHA-256 over the hash of the entry before and the canonical JSON of this one."""
    return sha256(previous + canonical({name: entry[name] for name in ENTRY_FIELDS})).digest()


@dataclass
class MerkleTree:
    """The tree over leaves that come one by one; holds as many hashes as it has levels."""

    size: int = 0
    _full: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        node, size = sha256(b"\0" + leaf).digest(), self.size
        while size & 1:
            node, size = sha256(b"\1" + self._full.pop() + node).digest(), size >> 1
        self._full.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._full:
            return sha256().digest()
        node = self._full[-1]
        for left in reversed(self._full[:-1]):
            node = sha256(b"\1" + left + node).digest()
        return node


def key_id_of(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()[:16]


def check_signature(checkpoint: Record) -> None:
    """BrokenLogError unless the checkpoint was signed by the key that it names."""
    statement = canonical({name: checkpoint[name] for name in STATEMENT_FIELDS})
    public_key, signature = (bytes.fromhex(checkpoint[it]) for it in ("public_key", "signature"))
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        raise _refused(checkpoint, "has a bad signature") from None
    if key_id_of(public_key) != checkpoint["key_id"]:
        raise _refused(checkpoint, "names another key than the one that it is signed with")


def check_checkpoints(
    org: int, checkpoints: list[Record], trusted: set[str], before: Record | None = None
) -> None:
    """Check that they are signed, by keys that are trusted where any are named, without a gap.

    `before` is the checkpoint before them, where they do not begin with the first.
    """
    last_seq, signature = (before["last_seq"], before["signature"]) if before else (0, "")
    for one in checkpoints:
        if (one["first_seq"], one["previous"]) != (last_seq + 1, signature):
            raise missing(last_seq + 1, "no checkpoint has signed it, but later ones")
        last_seq, signature = one["last_seq"], one["signature"]
        check_signature(one)
        if one["org"] != org:
            raise _refused(one, "is of another organization")
        if trusted and one["key_id"] not in trusted:
            raise _refused(one, f"is signed with key {one['key_id']}, which you do not trust yet")


def check_kept(org: int, kept: Iterable[Record], by_end: dict[int, Record]) -> None:
    """Check that the log has the checkpoints that were kept, as far as it has any of their end."""
    for one in kept:
        check_signature(one)
        is_later = one["last_seq"] > max(by_end, default=0)
        found = by_end.get(one["last_seq"], one if is_later else {"key_id": one["key_id"]})
        if found["key_id"] != one["key_id"]:
            raise _refused(one, f"was kept with key {one['key_id']}, not {found['key_id']}")
        if found.get("signature") != one["signature"] or one["org"] != org:
            raise _refused(one, "is not the one that was kept")


def missing(seq: int, why: str) -> BrokenLogError:
    return BrokenLogError(seq, f"Entry {seq} is missing: {why}.")


def changed(seq: int) -> BrokenLogError:
    return BrokenLogError(seq, f"Entry {seq} is not what was recorded: its hash differs.")


def _refused(checkpoint: Record, what: str) -> BrokenLogError:
    first, last = checkpoint["first_seq"], checkpoint["last_seq"]
    return BrokenLogError(first, f"The checkpoint of entries {first} to {last} {what}.")


# The log


@dataclass(frozen=True)
class Begin:
    """Where a part of a log begins: behind which entry, its hash, and the last checkpoint there."""

    seq: int = 0
    hash: bytes = GENESIS
    checkpoint: Record | None = None


class Chain:
    """A log, entry by entry from the oldest or from `begin`; BrokenLogError where it is broken."""

    def __init__(
        self,
        org: int,
        checkpoints: list[Record],
        kept: list[Record] | None = None,
        trusted: Iterable[str] = (),
        begin: Begin = Begin(),
    ) -> None:
        self.org = org
        self.signed = {one["last_seq"]: one for one in checkpoints}
        self.kept = {one["last_seq"]: one for one in kept or ()}
        check_kept(org, self.kept.values(), self.signed)
        kept_keys = {one["key_id"] for one in self.kept.values()}
        check_checkpoints(org, checkpoints, kept_keys.union(trusted), begin.checkpoint)
        self.first_seq, self.seq, self.hash = begin.seq + 1, begin.seq, begin.hash
        self._tree, self._trims = MerkleTree(), {0}

    def add_all(self, entries: Iterable[Record]) -> None:
        try:
            for entry in entries:
                self.add(entry)
        except UNREADABLE as error:
            seq = self.seq + 1
            raise BrokenLogError(seq, f"Entry {seq} cannot be read: {error!r}.") from error

    def add(self, entry: Record) -> None:
        seq = entry["seq"]
        if self.seq == 0 and seq != 1:
            self._begin_after(seq - 1)
        if seq != self.seq + 1:
            raise missing(self.seq + 1, f"entry {seq} stands in its place")
        self.hash, self.seq = entry_hash(self.hash, entry), seq
        if self.hash.hex() != entry["hash"] or entry["org"] != self.org:
            raise changed(seq)
        self._tree.add(self.hash)
        if entry["action"] == TRIMMED:
            self._trims.add(entry["metadata"]["through_seq"])
        if seq in self.signed or seq in self.kept:
            self._compare()

    def _begin_after(self, seq: int) -> None:
        """Begin behind what retention dropped: the last hash of it stands in a checkpoint."""
        end = self.signed.get(seq) or self.kept.get(seq)
        if end is None:
            raise missing(1, f"the log begins with entry {seq + 1}")
        self.first_seq, self.seq, self.hash = seq + 1, seq, bytes.fromhex(end["head"])

    def _compare(self) -> None:
        signed, kept = self.signed.get(self.seq), self.kept.get(self.seq)
        root = self._tree.root().hex()
        for one in filter(None, (signed, kept)):
            # Of a kept one that the log lacks, or of one that began before this part of the log,
            # the range is not what was read: its head is enough.
            is_whole = one is signed and one["first_seq"] >= self.first_seq
            if one["head"] != self.hash.hex() or (is_whole and one["merkle_root"] != root):
                raise _refused(one, "signed others: the first of them or a later one is rewritten")
        if signed:
            self._tree = MerkleTree()

    def finish(self, last_seq: int, head: str) -> str:
        """Check that nothing is missing at the end; return what holds, in sentences.

        `last_seq` and `head` are what the log itself says of its end.
        """
        end = max((*self.signed, *self.kept, last_seq))
        if end > self.seq:
            raise missing(self.seq + 1, f"the log has reached to entry {end}")
        if (last_seq, head) != (self.seq, self.hash.hex()):
            raise changed(self.seq)
        if self.first_seq - 1 not in self._trims:
            raise missing(1, f"no {TRIMMED} says that retention dropped it")
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        yield f"{self.seq - self.first_seq + 1} entries hold together, up to entry {self.seq}."
        if self.first_seq > 1:
            yield f"Retention dropped entries 1 to {self.first_seq - 1}; their checkpoints stay."
        if self.kept:
            yield f"Kept checkpoints found again: {len(self.kept)}."
        if not self.signed:
            yield "No checkpoint has signed them yet."
            return
        end = self.signed[max(self.signed)]
        keys = ", ".join(dict.fromkeys(one["key_id"] for one in self.signed.values()))
        yield f"Signed up to entry {end['last_seq']} on {end['made_at']}, by key {keys}."


def check_selection(entries: Iterable[Record], marks: dict[int, Record]) -> str:
    """Check each entry of a filtered export by itself: it cannot show that none is left out."""
    count = 0
    for entry in entries:
        found, count = entry_hash(bytes.fromhex(entry["previous"]), entry).hex(), count + 1
        if found != entry["hash"] or found != marks.get(entry["seq"], {"head": found})["head"]:
            raise changed(entry["seq"])
    return f"{count} entries hold each by itself. A filtered export cannot show that it is whole."


def check_export(
    lines: Iterable[str], kept: list[Record] | None = None, trusted: Iterable[str] = ()
) -> str:
    """Verify an export's lines; return what holds, or raise BrokenLogError."""
    records: Iterator[Record] = map(json.loads, lines)
    about, checkpoints, entries = next(records)["audit_log"], [], records
    for record in records:
        if "checkpoint" not in record:
            entries = chain([record], records)
            break
        checkpoints.append(record["checkpoint"])
    log = Chain(about["org"], checkpoints, kept, trusted)
    if not about["complete"]:
        return check_selection(entries, log.kept | log.signed)
    log.add_all(entries)
    return log.finish(about["last_seq"], about["head"])


def read_checkpoints(path: Path) -> list[Record]:
    """Read a file with one checkpoint, or with an answer of the API."""
    found = json.loads(path.read_text("utf-8"))
    checkpoints: list[Record] = found.get("results", [found])
    return checkpoints


def main() -> None:
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("export", type=Path, help="JSON lines, as the audit log exports them")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="one you kept")
    parser.add_argument("--key", action="append", default=[], help="the id of a key you trust")
    given = parser.parse_args()
    try:
        kept = [one for path in given.checkpoint for one in read_checkpoints(path)]
        with given.export.open(encoding="utf-8") as lines:
            sentence = check_export(lines, kept, given.key)
    except BrokenLogError as error:
        sys.exit(f"FAILED. {error}")
    except (*UNREADABLE, OSError, StopIteration) as error:
        sys.stderr.write(f"This is no export of an audit log that can be read: {error!r}\n")
        sys.exit(2)
    sys.stdout.write(f"OK. {sentence}\n")


if __name__ == "__main__":
    main()
