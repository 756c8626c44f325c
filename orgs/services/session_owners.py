"""Whose the sessions of the pages are: what lets somebody find theirs, and opens none of them."""

import hashlib
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from codestax.common.tenancy import across_organizations, of_user
from orgs.models import UserSession
from orgs.querysets import with_digest


def digest_of(session_key: str) -> bytes:
    """As the database makes it of a session (orgs.querysets.with_digest)."""
    return hashlib.sha256(session_key.encode()).digest()


def own(*, user_id: int, session_key: str) -> None:
    """Remember whose a session is."""
    row = UserSession(user_id=user_id, digest=digest_of(session_key))
    with of_user(user_id):
        UserSession.objects.bulk_create([row], ignore_conflicts=True)


def forget_ended(now: datetime) -> None:
    """Remove sessions that nobody has used for too long, and whose those were that are gone."""
    Session.objects.filter(expire_date__lt=now).delete()
    session = with_digest(Session.objects.all()).filter(digest=OuterRef("digest"))
    with across_organizations():
        UserSession.objects.filter(~Exists(session)).delete()
