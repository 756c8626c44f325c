"""An organization that is held to SOC 2, and pages of it that are read at NOW."""

import pytest
import time_machine

from tests.compliance.builders import NOW, enable
from tests.factories import OrganizationFactory, RepositoryFactory
from tests.pages.addresses import member_of
from tests.pages.compliance.shown import DASHBOARD, address
from tests.pages.reading import read
from tests.scans.sarif import report


@pytest.fixture(autouse=True)
def _it_is_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organization(_it_is_now):
    made = OrganizationFactory(name="Acme", plan="team")
    enable(made, ["soc2"])
    return made


@pytest.fixture
def owner(organization):
    return member_of(organization, "owner")


@pytest.fixture
def repository(organization):
    return RepositoryFactory(org=organization, name="checkout-service")


@pytest.fixture
def browser(owner, page_as):
    return page_as(owner)


@pytest.fixture
def dashboard(browser):
    """The organization's page, for a query."""
    return lambda **query: read(browser.get(DASHBOARD, query))


@pytest.fixture
def page(browser, repository):
    """The repository's page, for a query."""
    return lambda **query: read(browser.get(address(repository), query))


@pytest.fixture
def control_page(browser, repository):
    """The page of one of the repository's controls, for a query."""

    def read_control(control_id, framework="soc2", **query):
        query = {"framework": framework, "id": control_id, **query}
        return read(browser.get(f"{address(repository)}/control", query))

    return read_control


@pytest.fixture
def upload(api_as, owner, repository):
    """Send a report through the API, for a commit."""

    def send(*results, commit, **run):
        answer = api_as(owner).post(
            f"/api/repos/{repository.pk}/scans?commit={commit}",
            data=report(*results, **run),
            content_type="application/sarif+json",
        )
        assert answer.status_code == 201, answer.content

    return send
