"""Take in the uploads that wait."""

import logging
import subprocess
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.exceptions import ConnectorException

from codestax.env import env_int
from codestax.health import hindrance
from codestax.postgresql.start import refusal
from codestax.supervisor import Supervisor, end_with_parent, start_command
from scans import queue, services
from scans.reader.process import limit_memory

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Take in the uploads that wait, in child processes that are replaced when they end; "
        "WORKER_PROCESSES and WORKER_MEMORY_MB shape them."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--processes", type=int, default=env_int("WORKER_PROCESSES", default=1, minimum=1)
        )
        role = parser.add_mutually_exclusive_group()
        role.add_argument("--child", action="store_true", help="be one of those processes")
        role.add_argument("--beside", action="store_true", help="end with the parent process")

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := refusal():
            raise CommandError(reason)
        if options["processes"] < 1:
            raise CommandError("--processes must be at least 1.")
        if options["child"]:
            end_with_parent()
            limit_memory(settings.WORKER_MEMORY_MB)
            _work()
            return
        if options["beside"]:
            end_with_parent()
        if options["verbosity"]:
            self.stdout.write(f"Processes that take in uploads: {options['processes']}.")
        supervisor = Supervisor(
            processes=options["processes"], start=_start, tend=_tend, hindrance=_hindrance
        )
        supervisor.run()


def _start(name: str) -> "subprocess.Popen[bytes]":
    # Each of malloc's arenas reserves 64 MB of the address space that the limit counts.
    return start_command("worker", "--child", WORKER_NAME=name, MALLOC_ARENA_MAX="2")


def _hindrance() -> str:
    close_old_connections()
    return hindrance()


def _tend(ended: Sequence[str]) -> None:
    close_old_connections()
    services.look_after(ended=ended, now=timezone.now())


def _work() -> None:
    try:
        queue.answer_calls()
    except ConnectorException as error:
        cause = str(error.__cause__ or error).strip().partition("\n")[0]
        logger.warning("The queue does not answer: %s", cause)
        raise SystemExit(1) from None
