"""What the measurements work on: one organization and as many repositories as asked for."""

from django.core.management import call_command

from orgs.models import Membership, Organization
from orgs.services import create_organization, issue_api_key
from scans.models import Repository
from scans.services import create_repository


def prepare() -> str:
    """Migrate, make the organization, and return an API key of its owner."""
    call_command("migrate", verbosity=0)
    organization = create_organization(
        name="Bench", plan="enterprise", email="bench@acme.example", password=None
    )
    owner = Membership.objects.of(organization).get()
    return issue_api_key(membership=owner, name="bench", role="owner")


def new_repository() -> Repository:
    name = f"bench-{Repository.objects.count()}"
    return create_repository(organization=Organization.objects.get(), name=name)


def line(name: str, value: float, wanted: str = "") -> None:
    print(f"  {name:<55}{value:>8.2f}   {wanted}")
