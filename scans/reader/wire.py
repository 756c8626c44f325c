"""What the process that reads reports and the one that asks it say to each other.

A Job comes with the reports behind it, as they were sent. The answer is one of the others, with the
pieces of all runs' rows behind a Done; before it, each AskMemo wants the bytes of a memo.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, msgpack

from scans.domain.copy_text import StorableRun
from scans.domain.findings import ReportLimits


class Job(Struct, frozen=True):
    """The arguments of scans.domain.ingest.parse_all, and what is put to each run."""

    reports: int
    limits: ReportLimits
    declared_format: str
    covers: frozenset[str]
    memory_key: bytes
    memory_least: int


class AskMemo(Struct, tag=True, frozen=True):
    """scans.domain.memo.Memory.packed is wanted for these."""

    tool: str
    category: str


class Done(Struct, tag=True, frozen=True):
    """The runs, without the pieces of their rows, and how many pieces each has."""

    runs: Sequence[StorableRun]
    pieces: Sequence[int]


class Refused(Struct, tag=True, frozen=True):
    """A DomainError: the report breaks a rule."""

    code: str
    message: str
    field: str | None


class NoMemory(Struct, tag=True, frozen=True):
    """The report needs more memory than the process may have."""


class Failed(Struct, tag=True, frozen=True):
    """An error of the product; where it happened, without the values that it met."""

    traceback: str


Answer = AskMemo | Done | Refused | NoMemory | Failed

pack = msgpack.encode
_job = msgpack.Decoder(Job)
_answer: Any = msgpack.Decoder(Answer)


def job(content: bytes) -> Job:
    return _job.decode(content)


def answer(content: bytes) -> Answer:
    found: Answer = _answer.decode(content)
    return found
