"""Django's sessions and accounts, read by hand: they stand before every page."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db

from orgs.models import User
from orgs.queries import session_data, user_of
from orgs.services.sessions import is_configured


class SessionStore(db.SessionStore):
    """Rows of django_session, as Django writes them."""

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        # A cookie can hold what the database takes in no text, such as a zero byte.
        found = session_data(key) if key.isalnum() else None
        if found is None:
            # As Django's own: a key that names nothing is not kept, so nobody can choose one.
            self._session_key = None
            return {}
        content: dict[str, Any] = self.decode(found)
        # With an identity provider that the operator takes away its sessions end.
        return content if is_configured(content) else {}


class AccountBackend(ModelBackend):
    """Checks passwords as Django does."""

    def get_user(self, user_id: int) -> User | None:
        user = user_of(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
