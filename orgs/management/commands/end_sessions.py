from argparse import ArgumentParser
from typing import Any

from orgs.management.base import JsonCommand
from orgs.services.endings import end_everybodys_sessions, end_sessions


class Command(JsonCommand):
    help = "End the sessions and tokens of one person, or of everybody: they sign in anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--email", help="the person's")
        whose.add_argument("--everybody", action="store_true")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["everybody"]:
            return {"people": end_everybodys_sessions()}
        return {"email": end_sessions(email=options["email"]).email}
