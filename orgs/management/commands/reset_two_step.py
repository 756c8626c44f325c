from argparse import ArgumentParser
from typing import Any

from orgs.management.base import JsonCommand
from orgs.services.lost_second_steps import reset


class Command(JsonCommand):
    help = "Take two-step sign-in from a person who has lost the app and the recovery codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--email", required=True, help="the person's")
        parser.add_argument(
            "--vouched-by",
            action="append",
            default=[],
            help="an owner who vouches for them; one of each of their organizations",
        )
        parser.add_argument(
            "--proof",
            default="",
            help="what you have asked for where nobody can vouch; it stands in the audit log",
        )

    def run(self, **options: Any) -> dict[str, Any]:
        user = reset(
            email=options["email"], vouched_by=options["vouched_by"], proof=options["proof"]
        )
        return {"email": user.email, "two_step": False}
