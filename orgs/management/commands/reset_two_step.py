from argparse import ArgumentParser
from typing import Any

from orgs.management.base import JsonCommand
from orgs.services.two_step import reset


class Command(JsonCommand):
    help = "Take two-step sign-in from a person who has lost the app and the recovery codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--email", required=True, help="the person's")

    def run(self, **options: Any) -> dict[str, Any]:
        return {"email": reset(email=options["email"]).email, "two_step": False}
