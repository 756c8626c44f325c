"""Say what is wrong with this installation."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from codestax.doctor.rounds import examine


class Command(BaseCommand):
    help = (
        "Looks at the settings, the database, the queue, the audit log and the stored rows; prints "
        "each problem with its remedy, and exits with 1 where there is one."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = examine()
        if not connection.in_atomic_block:
            connection.close()
        if options["json"]:
            self.stdout.write(json.dumps({"problems": [asdict(one) for one in problems]}))
        else:
            self.stdout.writelines(f"{problem}\n" for problem in problems)
        if problems:
            sys.exit(1)
        if not options["json"]:
            self.stdout.write("Nothing is wrong.")
