"""Django's sessions and accounts, read by hand: they stand before every page."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from codestax.common.context import current_request
from orgs.models import User
from orgs.queries import session_data, user_of
from orgs.services.session_owners import own
from orgs.services.sessions import BEGAN, WRITTEN, has_lasted_too_long, is_configured, seen_from

# What a request does to a session is no write, but once in so long.
_WRITTEN_EVERY_SECONDS = 300


class SessionStore(db.SessionStore):
    """Rows of django_session, as Django writes them. One ends when it has not been written for
    SESSION_COOKIE_AGE.
    """

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
        if has_lasted_too_long(content) or not is_configured(content):
            return {}
        # Used again, it lasts for longer: the middleware writes what is modified.
        if _seconds() >= content.get(WRITTEN, 0) + _WRITTEN_EVERY_SECONDS:
            self.modified = True
            request = current_request.get()
            content |= seen_from(request) if request else {}
        return content

    def save(self, must_create: bool = False) -> None:
        """Write it, and whose it is: so its owner finds it, though only the key opens it."""
        if self.session_key is None:
            self.create()  # which comes back with a key
            return
        super().save(must_create)
        if user_id := self.get(SESSION_KEY):
            own(user_id=int(user_id), session_key=self.session_key)

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        now = _seconds()
        data.setdefault(BEGAN, now)
        data[WRITTEN] = now
        return super().create_model_instance(data)


def _seconds() -> int:
    return int(timezone.now().timestamp())


class AccountBackend(ModelBackend):
    """Checks passwords as Django does."""

    def get_user(self, user_id: int) -> User | None:
        user = user_of(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
