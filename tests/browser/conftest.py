"""A Chromium for these tests, and two servers: one for each test's own rows, one with the demo."""

import os
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.test import Client

from orgs.pages.scoping import CHOSEN
from tests.browser import chromium
from tests.browser.stage import served_demo
from tests.browser.watch import Watch
from tests.factories import MembershipFactory, OrganizationFactory, RepositoryFactory, UserFactory
from tests.pages.addresses import EMAIL, PASSWORD

# A page of ours is there in well under a second; on a machine that does much else at the time too.
_MILLISECONDS = 15_000


@pytest.fixture(scope="session")
def chromium_path():
    """Skips without a Chromium; where everything must be tested, that is a failure."""
    path = chromium.find()
    if path is None:
        assert "CHROMIUM_REQUIRED" not in os.environ, chromium.MISSING
        pytest.skip(chromium.MISSING)
    return path


@pytest.fixture(scope="package")
def browser(chromium_path):
    """Ends with this package: while Playwright runs, its event loop is the thread's.

    Django then takes every query for one that would block an event loop, and refuses it. Here each
    call waits for its answer and nothing else is on that loop, so that it may; the tests of other
    packages must never see this permission.
    """
    allowed = mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="true")
    with allowed, chromium.running(chromium_path) as running:
        yield running


@pytest.fixture
def new_context(browser):
    """Make contexts, each a person's browser. Whatever happens in one, it ends without faults."""
    watches = []

    def make(home, **options):
        # Colours would fade from one look to the next while they are measured.
        context = browser.new_context(base_url=home, reduced_motion="reduce", **options)
        context.set_default_timeout(_MILLISECONDS)
        watches.append(Watch(context, home))
        return context

    yield make
    for watch in watches:
        watch.context.close()
    assert [watch.faults for watch in watches] == [[] for _ in watches]


@pytest.fixture
def page_as(live_server, new_context):
    """A page in the browser of a member who has signed in, or of a stranger."""

    def open_page(member=None, **options):
        context = new_context(live_server.url, **options)
        if member is not None:
            value = _session_of(member)
            name = django_settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        return context.new_page()

    return open_page


def _session_of(member):
    client = Client()
    client.force_login(member.user)
    session = client.session
    session[CHOSEN] = member.org_id
    session.save()
    return session.session_key


@pytest.fixture
def ada(settings, transactional_db):
    """An owner who can sign in by typing a password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return MembershipFactory(user=UserFactory(email=EMAIL, password=PASSWORD), role="owner")


@pytest.fixture
def organization(transactional_db):
    return OrganizationFactory(name="Acme", plan="team")


@pytest.fixture
def admin(organization):
    return MembershipFactory(org=organization, role="admin")


@pytest.fixture
def viewer(organization):
    return MembershipFactory(org=organization, role="viewer")


@pytest.fixture
def repository(organization):
    return RepositoryFactory(org=organization, name="checkout-service")


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def admins_page(page_as, admin, request):
    """An admin's browser, whose scripts may be switched off."""
    return page_as(admin, java_script_enabled=request.param)


@pytest.fixture(scope="session")
def demo(chromium_path, tmp_path_factory):
    with served_demo(tmp_path_factory.mktemp("demo")) as served:
        yield served
