from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from orgs.models import ApiKey, SignIn
from orgs.services import tokens


def sign_in(user):
    """A sign-in's row with good tokens, without the cost of a password."""
    return SignIn.objects.create(
        user=user,
        refresh_jti=tokens.new_jti(),
        expires_at=timezone.now() + timedelta(days=7),
    )


@pytest.fixture
def api_as():
    """A client that sends a key's text, a member's access token, or no credentials at all."""

    def client_of(who=None):
        if who is None:
            return APIClient()
        if isinstance(who, ApiKey):
            return APIClient(headers={"X-API-Key": who.text})
        access = tokens.issue(sign_in(who.user)).access
        return APIClient(headers={"Authorization": f"Bearer {access}", "X-Org": who.org.slug})

    return client_of


@pytest.fixture
def anonymous(api_as):
    return api_as()
