from argparse import ArgumentParser
from typing import Any

from orgs.domain.plans import Plan
from orgs.management.base import JsonCommand, choice, find_organization, organization_out
from orgs.services.organizations import change_plan


class Command(JsonCommand):
    help = "Move an organization to another plan."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--org", required=True, help="the organization's slug")
        parser.add_argument("--plan", required=True, help=", ".join(Plan))

    def run(self, **options: Any) -> dict[str, Any]:
        organization = find_organization(options["org"])
        change_plan(organization=organization, plan=choice(Plan, options["plan"]))
        return {"org": organization_out(organization)}
