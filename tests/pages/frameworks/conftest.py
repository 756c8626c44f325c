"""An organization on the team plan, its members' browsers, and what a change would mark."""

import pytest
import time_machine

from compliance.models import PolicyVersion
from compliance.queries import current_policy
from tests.compliance.builders import NOW
from tests.factories import OrganizationFactory, RepositoryFactory
from tests.pages.addresses import member_of


@pytest.fixture(autouse=True)
def _it_is_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization(_it_is_now):
    return OrganizationFactory(plan="team")


@pytest.fixture
def admin(organization, page_as):
    return page_as(member_of(organization, "admin"))


@pytest.fixture
def viewer(organization, page_as):
    return page_as(member_of(organization, "viewer"))


@pytest.fixture
def repository(organization):
    return RepositoryFactory(org=organization, name="checkout-service")


@pytest.fixture
def state(organization, log):
    """What a change would leave a mark in."""

    def read():
        versions = PolicyVersion.objects.of(organization).count()
        return current_policy(organization), versions, log()

    return read
