from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from orgs.domain.roles import Role
from orgs.management.base import JsonCommand, choice, find_organization
from orgs.models import Membership, Organization
from orgs.services.keys import create_key
from orgs.services.members import add_member


class Command(JsonCommand):
    help = "Make an API key for a member, who becomes one with the key's role if need be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--org", required=True, help="the organization's slug")
        parser.add_argument("--email", required=True, help="the member's")
        parser.add_argument("--role", required=True, help=", ".join(Role))
        parser.add_argument("--name", default="Command line", help="what lists show")

    @transaction.atomic
    def run(self, **options: Any) -> dict[str, Any]:
        role = choice(Role, options["role"])
        member = _member(find_organization(options["org"]), options["email"], role)
        issued = create_key(acting=member, name=options["name"], role=role)
        return {
            "api_key": issued.text,
            "role": role.value,
            "email": member.user.email,
            "org": member.org.slug,
        }


def _member(organization: Organization, email: str, role: Role) -> Membership:
    """The member as they are: a key never changes a role that somebody gave."""
    rows = Membership.objects.of(organization).select_related("user", "org")
    found: Membership | None = rows.filter(user__email=email.lower()).first()
    return found or add_member(acting=None, organization=organization, email=email, role=role)
