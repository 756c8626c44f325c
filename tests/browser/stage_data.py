"""`python -m tests.browser.stage_data`: fill the database of DATABASE_URL, print what is in it.

A process of its own: the one that runs the browser may have another database, or none.
"""

import json
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone


def main():
    django.setup()
    call_command("migrate", verbosity=0)
    json.dump(_filled(), sys.stdout)


def _filled():
    from compliance.management import demo  # noqa: PLC0415 - models need the set-up
    from orgs.domain.plans import Plan  # noqa: PLC0415
    from orgs.domain.roles import Role  # noqa: PLC0415
    from orgs.models import Organization  # noqa: PLC0415
    from orgs.services.members import add_member  # noqa: PLC0415
    from orgs.services.organizations import create_organization  # noqa: PLC0415
    from scans.models import Repository  # noqa: PLC0415

    credentials = demo.load(timezone.now())
    acme = Organization.objects.get(slug=credentials.org)
    owner = acme.memberships.get(role=Role.OWNER.value)
    viewer = add_member(
        acting=owner, organization=acme, email="auditor@trustworthy.example", role=Role.VIEWER
    )
    globex = create_organization(
        name="Globex", plan=Plan.TEAM, owner_email="security@globex.example"
    )
    members = {"owner": owner, "viewer": viewer, "newcomer": globex.owner}
    repositories = Repository.objects.of(acme).values_list("name", "pk")
    return {
        "email": credentials.email,
        "password": credentials.password,
        "repositories": dict(repositories),
        "cookie": settings.SESSION_COOKIE_NAME,
        "sessions": {name: _session(member.user) for name, member in members.items()},
    }


def _session(user):
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(user)
    return client.session.session_key


if __name__ == "__main__":
    main()
