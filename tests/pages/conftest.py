import pytest
from django.test import Client

from audit.models import AuditLogSaaS
from audit.services import SYSTEM
from orgs.pages.scoping import CHOSEN
from tests.factories import MembershipFactory, UserFactory
from tests.pages.addresses import EMAIL, PASSWORD


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def page_as():
    """A browser in which the member has signed in, acting for the membership's organization."""

    def browser_of(membership, **options):
        browser = Client(**options)
        browser.force_login(membership.user)
        session = browser.session
        session[CHOSEN] = membership.org_id
        session.save()
        return browser

    return browser_of


@pytest.fixture
def log():
    """What requests wrote into the audit log, oldest first, as (action, organization id)."""

    def read():
        entries = AuditLogSaaS.objects.exclude(actor_email=SYSTEM).order_by("pk")
        return list(entries.values_list("action", "org"))

    return read


@pytest.fixture
def owner():
    return MembershipFactory(role="owner")


@pytest.fixture
def owners_page(owner, page_as):
    return page_as(owner)


@pytest.fixture
def ada():
    """A member who can sign in by typing a password."""
    return MembershipFactory(user=UserFactory(email=EMAIL, password=PASSWORD))
