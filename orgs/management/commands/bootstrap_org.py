from argparse import ArgumentParser
from typing import Any

from codestax.common.acts import act
from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.management.base import JsonCommand, choice, organization_out
from orgs.services import links
from orgs.services.keys import create_key
from orgs.services.organizations import create_organization


class Command(JsonCommand):
    help = "Make an organization, its owner and an API key of the owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument("--plan", default=Plan.FREE.value, help=", ".join(Plan))
        parser.add_argument("--email", required=True, help="the owner's")
        parser.add_argument("--password", help="without it a link to set one is printed")

    def run(self, **options: Any) -> dict[str, Any]:
        plan = choice(Plan, options["plan"])
        # One act: no organization without a key to reach it, and one entry for both.
        with act("ORGANIZATION_CREATED", organization_id=None):
            made = create_organization(
                name=options["name"],
                plan=plan,
                owner_email=options["email"],
                password=options["password"],
            )
            key = create_key(acting=made.owner, name="Owner", role=Role.OWNER)
            user = made.owner.user
            link = None if user.has_usable_password() else links.handed_password_link(user)
        result = {
            "org": organization_out(made.organization),
            "email": user.email,
            "api_key": key.text,
        }
        return result | ({"set_password": link} if link else {})
