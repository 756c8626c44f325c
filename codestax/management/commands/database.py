"""Start or stop the embedded PostgreSQL by hand."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from codestax import embedded


class Command(BaseCommand):
    help = "The embedded PostgreSQL: `stop` ends one that was left running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["url", "stop"])

    def handle(self, *args: Any, **options: Any) -> None:
        directory = settings.VAR_DIR / "postgres"
        if options["act"] == "stop":
            embedded.stop(directory)
        else:
            self.stdout.write(embedded.start(directory))
