"""Organizations, their members, and the credentials that act for them."""

from orgs.models.accounts import Identity, SecondFactor, User
from orgs.models.credentials import (
    ApiKey,
    RateWindow,
    SignIn,
    SignInFailure,
    UserSession,
)
from orgs.models.organizations import Membership, Organization

__all__ = [
    "ApiKey",
    "Identity",
    "Membership",
    "Organization",
    "RateWindow",
    "SecondFactor",
    "SignIn",
    "SignInFailure",
    "User",
    "UserSession",
]
