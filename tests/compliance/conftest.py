import pytest
import time_machine

from tests.compliance.builders import NOW
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, RepositoryFactory


@pytest.fixture
def organization(db):
    return OrganizationFactory(plan="team")


@pytest.fixture
def member_as(organization):
    def make(role):
        return MembershipFactory(org=organization, role=role)

    return make


@pytest.fixture
def admin(api_as, member_as):
    return api_as(member_as("admin"))


@pytest.fixture
def viewer(api_as, member_as):
    return api_as(member_as("viewer"))


@pytest.fixture
def stranger(api_as, db):
    """The owner of another organization."""
    return api_as(MembershipFactory(org=OrganizationFactory(plan="enterprise"), role="owner"))


@pytest.fixture
def pipeline(api_as, member_as):
    """A client with an API key that was used a moment ago."""
    client = api_as(ApiKeyFactory(membership=member_as("admin")))
    client.get("/api/compliance/frameworks")
    return client


@pytest.fixture
def repository(organization):
    return RepositoryFactory(org=organization, name="checkout-service")


@pytest.fixture
def frozen():
    """It is NOW; a scan of NOW is fresh."""
    with time_machine.travel(NOW, tick=False):
        yield NOW
