from argparse import ArgumentParser
from typing import Any

from orgs.management.base import JsonCommand
from orgs.services.staff import GROUP, add_support, remove_support


class Command(JsonCommand):
    help = "Let a person into the support pages at /admin/, or take that away again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--email", required=True, help="the person's")
        parser.add_argument("--remove", action="store_true", help="take the rights away")

    def run(self, **options: Any) -> dict[str, Any]:
        change = remove_support if options["remove"] else add_support
        user = change(email=options["email"])
        groups = ", ".join(user.groups.filter(name=GROUP).values_list("name", flat=True))
        return {"email": user.email, "group": groups or "none", "staff": user.is_staff}
