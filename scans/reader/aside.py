"""Reading reports aside: in a process of its own, so that no other thread waits for this one's.

While a large report is decoded, the threads of the same process stand still for tens of
milliseconds at a time (the interpreter runs one at once). In a process beside it they do not, and
what a hostile report costs in memory is bounded there too.
"""

import atexit
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from codestax.common.errors import (
    DomainError,
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain.copy_text import StorableRun
from scans.domain.request import ReadRequest
from scans.reader import wire
from scans.reader.channel import Channel

_ROOT = Path(__file__).resolve().parents[2]
_ATTEMPTS = 2
# A report of the largest size is read in a tenth of this.
_PATIENCE_SECONDS = 120
# All that the process needs of its environment, which holds secrets too.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
_REFUSALS: dict[str, Callable[..., DomainError]] = {
    error.code: error
    for error in (DomainError, ReportFormatError, ReportTooLargeError, UnsupportedReportError)
}
_TOO_MUCH = (
    "The report is too large or too complex to be read here; upload it in parts, one for each "
    "directory or category."
)


class ReadingFailedError(Exception):
    """The reading process met an error of the product; the text says where."""


@dataclass(frozen=True)
class _Child:
    process: "subprocess.Popen[bytes]"
    channel: Channel


class Reader:
    """Reads reports in a process that is started when it is needed, one request at a time.

    `megabytes` limits the process's address space; 0 sets no limit. One that says nothing for
    `patience` seconds is ended.
    """

    def __init__(self, megabytes: int, patience: int = _PATIENCE_SECONDS) -> None:
        self._megabytes = megabytes
        self._patience = patience
        self._one_at_a_time = Lock()
        self._child: _Child | None = None
        atexit.register(self.close)

    def read(self, request: ReadRequest) -> list[StorableRun]:
        """Return the request's runs().

        Raises what runs() raises, and ReportTooLargeError for a report that needs too much memory
        or time, or ends the process each time.
        """
        with self._one_at_a_time, suppress(BlockingIOError):  # which says that it took too long
            for _ in range(_ATTEMPTS):
                try:
                    return self._conversation(request)
                except BlockingIOError:
                    raise
                except (EOFError, OSError):
                    # The kernel killed it, say: the next one may fare better.
                    continue
        raise ReportTooLargeError(_TOO_MUCH)

    def start(self) -> None:
        """Start the process, so that the first report does not wait for that."""
        with self._one_at_a_time:
            self._running()

    def close(self) -> None:
        """End the process, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.channel.close()
            child.process.kill()
            child.process.wait()

    def _conversation(self, request: ReadRequest) -> list[StorableRun]:
        channel = self._running().channel
        try:
            channel.send(wire.pack(_job(request)))
            for content in request.contents:
                channel.send(content)
            while isinstance(answer := wire.answer(channel.receive()), wire.AskMemo):
                channel.send(request.memory.packed(answer.tool, answer.category))
            if isinstance(answer, wire.Done):
                return _whole(answer, channel)
        except BaseException:
            # In the middle of a conversation nothing else can be asked.
            self.close()
            raise
        if isinstance(answer, wire.NoMemory):
            self.close()
        raise _error(answer)

    def _running(self) -> _Child:
        if self._child is None or self._child.process.poll() is not None:
            self.close()
            self._child = _started(self._megabytes, self._patience)
        return self._child


def _started(megabytes: int, patience: int) -> _Child:
    ours, theirs = socket.socketpair()
    # By the kernel: with a timeout of its own, Python would not take whole messages in one call.
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", patience, 0))
    command = [sys.executable, "-m", "scans.reader.process", str(theirs.fileno()), str(megabytes)]
    # A process group of its own: the terminal's Ctrl-C is not for it.
    process = subprocess.Popen(  # noqa: S603 - our own module
        command,
        cwd=_ROOT,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        pass_fds=[theirs.fileno()],
        process_group=0,
    )
    theirs.close()
    return _Child(process, Channel(ours))


def _job(request: ReadRequest) -> wire.Job:
    return wire.Job(
        reports=len(request.contents),
        limits=request.limits,
        declared_format=request.declared_format,
        covers=request.covers,
        memory_key=request.memory.key,
        memory_least=request.memory.least,
    )


def _whole(done: wire.Done, channel: Channel) -> list[StorableRun]:
    return [
        replace(run, copy=replace(run.copy, pieces=[channel.receive() for _ in range(count)]))
        for run, count in zip(done.runs, done.pieces, strict=True)
    ]


def _error(answer: wire.Answer) -> Exception:
    if isinstance(answer, wire.Refused):
        return _REFUSALS[answer.code](answer.message, field=answer.field)
    if isinstance(answer, wire.NoMemory):
        return ReportTooLargeError(_TOO_MUCH)
    assert isinstance(answer, wire.Failed)
    return ReadingFailedError(answer.traceback)
