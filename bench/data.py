"""What the measurements work on: one organization and as many repositories as asked for."""

from django.core.management import call_command

from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import Organization
from orgs.services.keys import create_key
from orgs.services.organizations import create_organization
from scans.models import Repository
from scans.services import create_repository


def prepare() -> str:
    """Migrate, make the organization, and return an API key of its owner."""
    call_command("migrate", verbosity=0)
    made = create_organization(name="Bench", plan=Plan.ENTERPRISE, owner_email="bench@acme.example")
    return create_key(acting=made.owner, name="bench", role=Role.OWNER).text


def new_repository() -> Repository:
    name = f"bench-{Repository.objects.count()}"
    return create_repository(organization=Organization.objects.get(), name=name)


def line(name: str, value: float, wanted: str = "") -> None:
    print(f"  {name:<55}{value:>8.2f}   {wanted}")
