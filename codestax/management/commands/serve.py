"""Run the production server."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from gunicorn.app.base import BaseApplication

from codestax.env import env_int, env_str


class Server(BaseApplication):
    """Gunicorn, configured here instead of by its own command line."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from codestax.wsgi import application  # noqa: PLC0415 - in the worker, after the fork

        return application


class Command(BaseCommand):
    help = "Serve the product with gunicorn; WEB_WORKERS, WEB_THREADS and WEB_HOST shape it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        Server(
            {
                "bind": f"{env_str('WEB_HOST', default='127.0.0.1')}:{options['port']}",
                "workers": env_int("WEB_WORKERS", default=min(4, os.cpu_count() or 1), minimum=1),
                "threads": env_int("WEB_THREADS", default=4, minimum=1),
                "worker_class": "gthread",
                "timeout": 120,
                "graceful_timeout": 30,
                "control_socket_disable": True,
                "max_requests": 5000,
                "max_requests_jitter": 500,
                "limit_request_line": 8190,
                "accesslog": "-" if env_str("ACCESS_LOG", default="") else None,
            }
        ).run()
