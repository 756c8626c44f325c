"""Those whom single sign-on does not let in: each makes the world so, before they come."""

from orgs.models import Identity
from tests.factories import MembershipFactory, UserFactory


def nobody(*_):
    pass


def unverified(idp, ada):
    idp.person |= {"email_verified": False}


def verified_as_text(idp, ada):
    idp.person |= {"email_verified": "true"}


def says_nothing_of_it(idp, ada):
    del idp.person["email_verified"]


def no_email(idp, ada):
    idp.answers["userinfo"] = (200, {"sub": "ada-1"})
    del idp.person["email"]


def unknown(idp, ada):
    idp.person |= {"email": "nobody@example.com"}


def unproven_here(idp, ada):
    """An account that was made for this email before its owner ever came: pre-hijacking."""
    ada.user.proven_email = ""
    ada.user.save()


def changed_since(idp, ada):
    ada.user.email = "ada@elsewhere.example"
    ada.user.save()
    idp.person |= {"email": "ada@elsewhere.example"}


def of_another_organization(idp, ada):
    email = "eve@example.com"
    MembershipFactory(user=UserFactory(email=email, proven_email=email))
    idp.person |= {"email": email}


def deactivated(idp, ada):
    ada.user.is_active = False
    ada.user.save()


def removed(idp, ada):
    ada.delete()


def of_another_subject(idp, ada):
    """The email was given to somebody else, at the provider or here."""
    Identity.objects.create(user=ada.user, issuer=idp.issuer, subject="the one before")


def odd_email(idp, ada):
    idp.person |= {"email": "ada@example.com\0"}


STRANGERS = [
    unverified,
    verified_as_text,
    says_nothing_of_it,
    no_email,
    unknown,
    unproven_here,
    changed_since,
    of_another_organization,
    deactivated,
    removed,
    of_another_subject,
    odd_email,
]
