"""Start, stop or look at the database."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from codestax import embedded
from codestax.common.tenancy import Scope, scoped
from codestax.health import hindrance
from codestax.postgresql.start import refusal


class Command(BaseCommand):
    help = (
        "`stop` ends an embedded PostgreSQL that was left running, `url` starts it and tells its "
        "owner's URL, `check` says what keeps the product from working on its database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["url", "stop", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        directory = settings.VAR_DIR / "postgres"
        if options["act"] == "stop":
            embedded.stop(directory)
        elif options["act"] == "url":
            self.stdout.write(embedded.start(directory))
        else:
            self._check()

    def _check(self) -> None:
        with scoped(Scope()):
            reason = refusal() or hindrance()
        connection.close()
        if reason:
            raise CommandError(reason)
        self.stdout.write("The database is as the product needs it.")
