"""Keep child processes at work: start them, replace those that end, stop them with this one."""

import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from codestax.env import env_int

# How long a child may go on with what it does when it is told to stop.
GRACE_SECONDS = env_int("STOP_SECONDS", default=30, minimum=1)
_LOOK_SECONDS = 0.2
# A child that lived for less than this died of its start, or of the first thing that it did: the
# next one starts after a pause, which doubles.
_SHORT_LIFE_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_TEND_SECONDS = 10.0
# The environment's name for the process that started this one.
_PARENT = "CODESTAX_PARENT_PID"

logger = logging.getLogger(__name__)


def start_command(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """Start `manage.py` with `arguments` as a child.

    It gets a process group of its own: the terminal's Ctrl-C is this process's to pass on.
    """
    manage = Path(__file__).resolve().parents[1] / "manage.py"
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, str(manage), *arguments],
        env=os.environ | {_PARENT: str(os.getpid())} | environment,
        process_group=0,
    )


def end_with_parent() -> None:
    """Stop this process as SIGTERM does once its parent is gone, by force after the grace.

    A parent that was killed tells nobody; only Linux could have the kernel tell it. Who the parent
    was is known from `start_command`: it may be gone before this process asks.
    """
    parent = int(os.environ.get(_PARENT, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@dataclass
class _Child:
    name: str
    process: "subprocess.Popen[bytes]"
    started: float


@dataclass
class _Place:
    """Room for one child; `quick_ends` counts those in a row that died of their start."""

    child: _Child | None = None
    start_at: float = 0.0
    quick_ends: int = 0


class Supervisor:
    """Runs `processes` children until this process is told to stop.

    `start` starts a child of a name. `tend` is called every ten seconds, and at once when children
    have ended, with the names of those; where it raises, it is called again with the same.
    `hindrance` names what keeps the work from being done, as a sentence or "".
    """

    def __init__(
        self,
        *,
        processes: int,
        start: Callable[[str], "subprocess.Popen[bytes]"],
        tend: Callable[[Sequence[str]], None],
        hindrance: Callable[[], str],
    ) -> None:
        self._places = [_Place() for _ in range(processes)]
        self._start = start
        self._tend = tend
        self._hindrance = hindrance
        self._is_told_to_stop = Event()
        self._ended: list[str] = []
        self._tend_at = 0.0
        self._failures = 0

    def run(self) -> None:
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, self._stop)
        self._wait_until_nothing_hinders()
        while not self._is_told_to_stop.wait(_LOOK_SECONDS):
            for place in self._places:
                self._keep(place)
            self._tend_when_due()
        self._stop_children()

    def _stop(self, *signal_and_frame: Any) -> None:
        self._is_told_to_stop.set()

    def _wait_until_nothing_hinders(self) -> None:
        known = ""
        while not self._is_told_to_stop.is_set() and (reason := self._hindrance()):
            if reason != known:
                logger.warning("%s No work is begun until then.", reason)
            known = reason
            self._is_told_to_stop.wait(1.0)

    def _keep(self, place: _Place) -> None:
        if place.child is not None and place.child.process.poll() is not None:
            self._note_end(place, place.child)
        if place.child is None and time.monotonic() >= place.start_at:
            name = _unique_name()
            place.child = _Child(name, self._start(name), time.monotonic())

    def _note_end(self, place: _Place, child: _Child) -> None:
        is_quick = time.monotonic() - child.started < _SHORT_LIFE_SECONDS
        place.quick_ends = place.quick_ends + 1 if is_quick else 0
        pause = _FIRST_PAUSE_SECONDS * 2.0 ** min(place.quick_ends - 1, 10) if is_quick else 0.0
        place.start_at = time.monotonic() + min(pause, _LONGEST_PAUSE_SECONDS)
        place.child = None
        logger.warning("Worker %s ended (%s).", child.name, _manner(child.process.returncode))
        self._ended.append(child.name)
        self._tend_at = 0.0

    def _tend_when_due(self) -> None:
        if time.monotonic() < self._tend_at:
            return
        try:
            self._tend(tuple(self._ended))
        except Exception as error:  # noqa: BLE001 - nothing here is worth ending for
            # Most often the database is away, maybe for long.
            self._failures += 1
            self._tend_at = time.monotonic() + min(0.5 * self._failures, _TEND_SECONDS)
            reason = str(error).strip().partition("\n")[0]
            logger.warning("Looking after the queue failed and is tried again: %s", reason)
        else:
            self._ended.clear()
            self._failures = 0
            self._tend_at = time.monotonic() + _TEND_SECONDS

    def _stop_children(self) -> None:
        children = [place.child for place in self._places if place.child is not None]
        for child in children:
            child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in children:
            try:
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("Worker %s did not stop in time and is killed.", child.name)
                child.process.kill()
                child.process.wait()
        self._ended += [child.name for child in children]
        self._tend_at = 0.0
        self._tend_when_due()


def _unique_name() -> str:
    """Of a child on any host, at any time."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


def _manner(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
