from argparse import ArgumentParser
from typing import Any

from codestax.common.errors import NotFoundError
from orgs.management.base import JsonCommand
from orgs.models import User
from orgs.services import links


class Command(JsonCommand):
    help = "Print a link to set a password, where no mail can bring one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--email", required=True, help="the person's")

    def run(self, **options: Any) -> dict[str, Any]:
        user: User | None = User.objects.with_email(options["email"])
        if user is None or not user.is_active:
            raise NotFoundError(f"There is no active user {options['email']}.")
        return {"email": user.email, "set_password": links.handed_password_link(user)}
