import pytest

from codestax.identity_providers import IdentityProvider as Configured
from orgs.services import openid_client, second_factor
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.orgs.single_sign_on.browsing import EMAIL, PASSWORD
from tests.orgs.single_sign_on.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider


@pytest.fixture
def idp():
    openid_client._configs.clear()  # ports are used again
    with IdentityProvider() as started:
        yield started


@pytest.fixture
def configure(settings, idp):
    """Configure the provider as `acme`, of one organization unless it is said."""

    def configured(organization="acme", name="acme", **changes):
        values = {
            "id": name,
            "name": "Acme Directory",
            "issuer": idp.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "organization": organization,
        }
        provider = Configured(**values | changes)
        settings.OIDC_PROVIDERS = settings.OIDC_PROVIDERS | {name: provider}
        return provider

    configured()
    return configured


@pytest.fixture
def acme():
    return OrganizationFactory(name="Acme", slug="acme")


@pytest.fixture
def ada(acme, configure):
    """A member who has come by a mail's link before."""
    user = UserFactory(email=EMAIL, password=PASSWORD, proven_email=EMAIL)
    return MembershipFactory(org=acme, user=user)


@pytest.fixture
def second_step(ada):
    """Set up here; a recovery code of it."""
    return second_factor.begin(ada.user, second_factor.new_secret())[0]


@pytest.fixture
def elsewhere(ada):
    """The same person in another organization."""
    return MembershipFactory(user=ada.user, org__name="Aaa first by name")
