"""`python -m tests.browser.stage_data`: fill the database of DATABASE_URL, print what is in it.

A process of its own: the one that runs the browser may have another database, or none.
"""

import json
import sys

import django
from django.conf import settings
from django.utils import timezone

from tests.browser.stage import GUARDED


def main():
    django.setup()
    json.dump(_filled(), sys.stdout)


def _filled():
    from compliance.management import demo  # noqa: PLC0415 - models need the set-up
    from orgs.models import ApiKey, Organization  # noqa: PLC0415
    from scans.models import Repository  # noqa: PLC0415

    credentials = demo.load(timezone.now())
    acme = Organization.objects.get(slug=credentials.org)
    repositories = dict(Repository.objects.of(acme).values_list("name", "pk"))
    people = _people(acme)
    # The sign-in that somebody has left open on another device.
    _session(people["owner"], browser="Safari on iPhone", ip="198.51.100.23")
    return {
        "email": credentials.email,
        "password": credentials.password,
        "cookie": settings.SESSION_COOKIE_NAME,
        "sessions": {name: _session(user) for name, user in people.items()},
        "places": {
            "repository": repositories["checkout-service"],
            "infrastructure": repositories["platform-infra"],
            "organization": acme.pk,
            "key": ApiKey.objects.of(acme).get().pk,
            "reset": _reset_link(people["outsider"]),
            "guarded_member": people["guarded"].memberships.get().pk,
        },
    }


def _people(acme):
    from orgs.domain.plans import Plan  # noqa: PLC0415
    from orgs.domain.roles import Role  # noqa: PLC0415
    from orgs.models import User  # noqa: PLC0415
    from orgs.services import second_factor  # noqa: PLC0415
    from orgs.services.members import add_member  # noqa: PLC0415
    from orgs.services.organizations import create_organization  # noqa: PLC0415
    from orgs.services.staff import add_support  # noqa: PLC0415

    owner = acme.memberships.get(role=Role.OWNER.value)
    globex = create_organization(
        name="Globex", plan=Plan.TEAM, owner_email="security@globex.example"
    )

    def member(acting, email, role=Role.VIEWER):
        return add_member(acting=acting, organization=acting.org, email=email, role=role).user

    guarded = member(globex.owner, GUARDED["email"])
    beginner = member(globex.owner, "developer@globex.example")
    for one in (guarded, beginner):
        one.set_password(GUARDED["password"])
        one.save()
    guardian = member(globex.owner, "head.of.security@globex.example", Role.OWNER)
    for one in (guarded, guardian):
        second_factor.begin(one, second_factor.new_secret())
    return {
        "owner": owner.user,
        "viewer": member(owner, "auditor@trustworthy.example"),
        "newcomer": globex.owner.user,
        "outsider": User.objects.create_user("contractor@elsewhere.example"),
        "beginner": beginner,
        "guarded": guarded,
        "guardian": guardian,
        "staff": add_support(email="helpdesk@codestax.example"),
    }


def _reset_link(user):
    from django.contrib.auth.tokens import default_token_generator  # noqa: PLC0415
    from django.utils.encoding import force_bytes  # noqa: PLC0415
    from django.utils.http import urlsafe_base64_encode  # noqa: PLC0415

    user.refresh_from_db()
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{uid}/{default_token_generator.make_token(user)}"


def _session(user, **seen):
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(user)
    session = client.session
    session.update({"browser": "Chrome on Linux", "ip": "192.0.2.10"} | seen)
    session.save()
    return session.session_key


if __name__ == "__main__":
    main()
