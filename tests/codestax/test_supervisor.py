"""The supervisor, with small processes of the system as children."""

import os
import signal
import subprocess
import sys

import pytest

from codestax import supervisor
from codestax.supervisor import Supervisor

pytestmark = pytest.mark.slow

SLEEP = ("sleep", "60")
END = ("false",)
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); "
    "time.sleep(60)",
)


@pytest.fixture(autouse=True)
def handlers():
    """The signals as they were before."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


class Work:
    """Starts the commands one after another, and is told to stop when `is_over` says so."""

    def __init__(self, *commands, is_over, told=signal.SIGTERM, failures=0, hindrances=()):
        self.commands = list(commands)
        self.is_over = is_over
        self.told = told
        self.failures = failures
        self.hindrances = list(hindrances)
        self.names = []
        self.children = []
        self.looks = []

    def run(self, processes=1):
        Supervisor(
            processes=processes, start=self.start, tend=self.tend, hindrance=self.hindrance
        ).run()

    def start(self, name):
        self.names.append(name)
        child = subprocess.Popen(self.commands.pop(0), stdout=subprocess.PIPE)
        self.children.append(child)
        return child

    def tend(self, ended):
        self.looks.append(list(ended))
        if self.is_over(self):
            os.kill(os.getpid(), self.told)
        if ended and self.failures:
            self.failures -= 1
            raise ConnectionError("The database is away.")

    def hindrance(self):
        return self.hindrances.pop(0) if self.hindrances else ""

    def close(self):
        for child in self.children:
            child.stdout.close()


@pytest.fixture
def work():
    made = []

    def make(*commands, **options):
        made.append(Work(*commands, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def has_started(count):
    return lambda work: len(work.names) >= count


def test_a_child_that_ends_is_named_and_replaced(work):
    done = work(END, SLEEP, is_over=lambda work: work.looks[-1] == work.names[:1])

    done.run()

    assert len(done.names) in (1, 2)
    assert done.looks[1][:1] == done.names[:1]
    assert len(set(done.names)) == len(done.names)


def test_what_ended_is_named_again_until_it_has_been_looked_after(work):
    done = work(END, SLEEP, failures=2, is_over=lambda work: not work.failures)

    done.run()

    named = [names for names in done.looks if names]
    assert [names[0] for names in named[:3]] == done.names[:1] * 3


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_when_it_is_told_to_stop_its_children_end_and_are_named(work, told):
    done = work(SLEEP, SLEEP, is_over=has_started(2), told=told)

    done.run(processes=2)

    assert [child.returncode for child in done.children] == [-signal.SIGTERM] * 2
    assert done.looks[-1] == done.names


def test_a_child_that_does_not_stop_is_killed_after_the_grace(work, monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.2)
    done = work(DEAF, is_over=lambda work: bool(work.children[0].stdout.readline()))

    done.run()

    assert done.children[0].returncode == -signal.SIGKILL


def test_nothing_begins_before_the_tables_are_there(work, caplog):
    reason = "7 migrations are not applied: run manage.py migrate."
    done = work(SLEEP, is_over=has_started(1), hindrances=[reason, reason])

    done.run()

    assert done.hindrances == []
    assert [record.getMessage() for record in caplog.records] == [
        f"{reason} No work is begun until then."
    ]
