"""The process that reads reports: `python -m scans.reader.process FD MEGABYTES`.

It knows neither Django nor the database, and ends when the one that started it does.
"""

import logging
import os
import resource
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from codestax.common.errors import DomainError
from scans.domain.copy_text import StorableRun
from scans.domain.memo import Memory
from scans.domain.request import ReadRequest
from scans.reader import wire
from scans.reader.channel import Channel

# On a busy machine short requests come first: somebody waits for each of them.
_NICENESS = 5

logger = logging.getLogger(__name__)


def main(descriptor: int, megabytes: int) -> None:
    """Answer jobs until the connection closes."""
    limit_memory(megabytes)
    os.nice(_NICENESS)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        serve(Channel(socket.socket(fileno=descriptor)))


def limit_memory(megabytes: int) -> None:
    """Make what needs more than `megabytes` of address space a MemoryError; 0 sets no limit."""
    if not megabytes:
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    except (OSError, ValueError) as error:
        logger.warning("WORKER_MEMORY_MB is not supported here: %s.", error)


def serve(channel: Channel) -> None:
    """Answer jobs; returns where memory has run out, and raises EOFError at the end."""
    is_fit = True
    while is_fit:
        job = wire.job(channel.receive())
        contents = [channel.receive() for _ in range(job.reports)]
        is_fit = _answer(channel, job, contents)


def _answer(channel: Channel, job: wire.Job, contents: list[bytes]) -> bool:
    """Answer one job; False where this process had better end."""
    try:
        runs = _runs(channel, job, contents)
    except DomainError as error:
        _say(channel, wire.Refused(error.code, error.message, error.field))
    except MemoryError:
        # Its traceback keeps all that was read alive, and goes with this block.
        _say(channel, wire.NoMemory())
        return False
    except (OSError, EOFError):
        raise
    except Exception as error:  # noqa: BLE001 - it is raised where the answer arrives
        _say(channel, wire.Failed(_without_values(error)))
    else:
        _send(channel, runs)
    return True


def _runs(channel: Channel, job: wire.Job, contents: list[bytes]) -> list[StorableRun]:
    def ask(tool: str, category: str) -> bytes:
        _say(channel, wire.AskMemo(tool, category))
        return channel.receive()

    memory = Memory(ask, job.memory_key, job.memory_least)
    request = ReadRequest(contents, job.limits, job.declared_format, job.covers, memory)
    return request.runs()


def _send(channel: Channel, runs: Sequence[StorableRun]) -> None:
    bare = [replace(run, copy=replace(run.copy, pieces=())) for run in runs]
    _say(channel, wire.Done(bare, [len(run.copy.pieces) for run in runs]))
    for run in runs:
        for piece in run.copy.pieces:
            channel.send(piece)


def _say(channel: Channel, answer: wire.Answer) -> None:
    channel.send(wire.pack(answer))


def _without_values(error: Exception) -> str:
    """Where an error came from. Its message may quote the report, which may hold a secret."""
    return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
