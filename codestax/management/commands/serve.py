"""Run the production server."""

import os
import signal
import socket
import struct
import subprocess
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from gunicorn.app.base import BaseApplication

from codestax import access_log
from codestax.env import env_bool, env_int, env_str
from codestax.postgresql.start import refusal
from codestax.supervisor import GRACE_SECONDS, start_command


class Server(BaseApplication):
    """Gunicorn, configured here instead of by its own command line."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        _heed_stops()  # the web process has handlers of its own now
        from codestax.shapes import learn_shapes  # noqa: PLC0415 - in the worker, after the fork
        from codestax.wsgi import application  # noqa: PLC0415
        from scans.services import reader  # noqa: PLC0415

        # A request that waits for a thread at work waits so long at each of its queries; with
        # Python's 5 ms the slowest scores take twice the time.
        sys.setswitchinterval(0.0005)
        learn_shapes()
        reader.start()
        return application


def _limit_silence(server: Any) -> None:
    """A client that sends nothing holds no thread, or not for ever.

    A new connection waits in the kernel for its first byte, where that can be had (Linux). So one
    whose request is still to come is not yet a process's own when that is told to stop, and the
    next on this socket answers it. In the middle of a request gunicorn waits without a limit; the
    kernel hands the listener's on to connections.
    """
    seconds = env_int("WEB_SILENCE_SECONDS", default=30, minimum=1)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0)
        )
        if hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)


_STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}


def _hold_stops(server: Any, worker: Any) -> None:
    """Let the kernel keep what a new web process is told before it has handlers of its own.

    It is forked with those of the first process, which put signals into a queue that nobody reads
    in the new one, and Python forgets in it what came since the fork. A stop that is lost so ends
    in a kill after STOP_SECONDS, in the middle of requests.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)


def _heed_stops() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)


class _WorkerBeside:
    """`manage.py worker` as a child of the server's first process, and as long as it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, server: Any) -> None:
        self._process = start_command("worker", "--beside", "--verbosity", "0")

    def stop(self, server: Any) -> None:
        if self._process is not None:
            self._process.terminate()
            # It kills its own children after the grace.
            self._process.wait(timeout=GRACE_SECONDS + 5)


def _hooks_of_worker() -> dict[str, Any]:
    worker = _WorkerBeside()
    return {"on_starting": worker.start, "on_exit": worker.stop}


class Command(BaseCommand):
    help = "Serve the product with gunicorn; WEB_WORKERS, WEB_THREADS and WEB_HOST shape it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--worker",
            action=BooleanOptionalAction,
            default=env_bool("SERVE_WORKER", default=not settings.PRODUCTION),
            help="also take in the uploads that wait (SERVE_WORKER; not in production)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := refusal():
            raise CommandError(reason)
        os.register_at_fork(after_in_parent=_heed_stops)
        Server(
            {
                "bind": f"{env_str('WEB_HOST', default='127.0.0.1')}:{options['port']}",
                "workers": env_int("WEB_WORKERS", default=min(4, os.cpu_count() or 1), minimum=1),
                "threads": env_int("WEB_THREADS", default=4, minimum=1),
                "worker_class": "gthread",
                "timeout": 120,
                "graceful_timeout": GRACE_SECONDS,
                "control_socket_disable": True,
                "when_ready": _limit_silence,
                "pre_fork": _hold_stops,
                **(_hooks_of_worker() if options["worker"] else {}),
                "max_requests": 5000,
                "max_requests_jitter": 500,
                "limit_request_line": 8190,
                "accesslog": "-" if env_str("ACCESS_LOG", default="") else None,
                "access_log_format": access_log.FORMAT,
                "logger_class": access_log.AccessLogger,
            }
        ).run()
