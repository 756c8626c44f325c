"""What the measurements work on: organizations and as many repositories as asked for."""

from django.core.management import call_command

from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import Organization
from orgs.services.keys import create_key
from orgs.services.organizations import NewOrganization, create_organization
from scans.models import Repository
from scans.services import create_repository

_NAME = "Bench"


def prepare() -> str:
    """Migrate, make the organization, and return an API key of its owner."""
    call_command("migrate", verbosity=0)
    return new_organization(_NAME)[1]


def new_organization(name: str) -> tuple[NewOrganization, str]:
    """The organization, and an API key of its owner."""
    email = f"{name.lower()}@acme.example"
    made = create_organization(name=name, plan=Plan.ENTERPRISE, owner_email=email)
    return made, create_key(acting=made.owner, name="bench", role=Role.OWNER).text


def new_repository(organization: Organization | None = None) -> Repository:
    name = f"bench-{Repository.objects.count()}"
    owner = organization or Organization.objects.get(name=_NAME)
    return create_repository(organization=owner, name=name)


def line(name: str, value: float, wanted: str = "") -> None:
    print(f"  {name:<55}{value:>8.2f}   {wanted}")
