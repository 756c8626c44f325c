"""The identity providers of single sign-on: the operator's business, and nobody else's.

They stand in the environment alone, so that no customer makes this server ask an address.
"""

import json
import re
from dataclasses import MISSING, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from codestax.env import env_secret

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An OpenID Connect provider, and what its word is good for.

    `organization` is the slug of the only organization that its sign-ins reach; None is the
    operator's own, good for all of a person's memberships. With `second_factor` it is believed to
    have asked for one: where an ID token's `acr` is one of these and its `amr` has one of these,
    or on the operator's word where neither is named. A sign-in there that is longer ago than
    `max_age_minutes` is none.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    organization: str | None = None
    second_factor: bool = False
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    max_age_minutes: int | None = None

    @property
    def proves_second_factor(self) -> bool:
        """Whether a sign-in has to show that a second factor was asked for."""
        return bool(self.acr or self.amr)

    @property
    def strength(self) -> str:
        """What its ID tokens have to show, as one text; empty where that is nothing."""
        asked = (self.acr, self.amr, self.max_age_minutes)
        return json.dumps(asked) if any(asked) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _are_words(value: Any) -> bool:
    """Several stand in one parameter with blanks between them."""
    is_list = isinstance(value, list) and value != []
    return is_list and all(isinstance(one, str) and one.split() == [one] for one in value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


_WORDS = (_are_words, "a list of texts without blanks")
_OTHER_KINDS = {
    "second_factor": (_is_switch, "true or false"),
    "acr": _WORDS,
    "amr": _WORDS,
    "max_age_minutes": (_is_count, "a whole number of at least 1"),
}
_KINDS = {
    one.name: _OTHER_KINDS.get(one.name, (_is_text, "a text")) for one in fields(IdentityProvider)
}
_NEEDED = [one.name for one in fields(IdentityProvider) if one.default is MISSING]


def env_providers(name: str, *, plain_http: bool) -> dict[str, IdentityProvider]:
    """The providers that NAME, or the file that NAME_FILE names, lists as JSON; by their ids.

    With `plain_http` an issuer on loopback may do without TLS.
    """
    raw = env_secret(name)
    try:
        listed = json.loads(raw) if raw else []
    except ValueError:
        # Without the cause, which would print a secret.
        raise ImproperlyConfigured(f"{name} is no JSON: write a list of objects.") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ImproperlyConfigured(f"{name} must be a list of objects.")
    found = [_provider(f"{name}[{at}]", one, plain_http) for at, one in enumerate(listed)]
    by_id = {one.id: one for one in found}
    if len(by_id) < len(found) or len({one.issuer for one in found}) < len(found):
        raise ImproperlyConfigured(f"Each provider of {name} needs an id and an issuer of its own.")
    return by_id


def _provider(where: str, values: dict[str, Any], plain_http: bool) -> IdentityProvider:
    unknown = sorted(values.keys() - _KINDS.keys())
    if unknown:
        raise ImproperlyConfigured(f"{where} has the unknown field {unknown[0]!r}.")
    missing = [one for one in _NEEDED if not values.get(one)]
    if missing:
        raise ImproperlyConfigured(f"{where} needs {', '.join(missing)}.")
    for one, value in values.items():
        is_right, wanted = _KINDS[one]
        if not is_right(value):
            raise ImproperlyConfigured(f"{where}.{one} must be {wanted}.")
    if not _ID.fullmatch(values["id"]):
        raise ImproperlyConfigured(f"{where}.id takes a-z, 0-9 and -, at most 40 of them.")
    if not _is_issuer(values["issuer"], plain_http):
        raise ImproperlyConfigured(
            f"{where}.issuer must be an https address without query, as the provider writes it."
        )
    lists = {one: tuple(value) for one, value in values.items() if isinstance(value, list)}
    found = IdentityProvider(**values | lists)
    if found.proves_second_factor and not found.second_factor:
        raise ImproperlyConfigured(
            f"{where}: acr and amr say when second_factor counts, so set it to true."
        )
    return found


def _is_issuer(text: str, plain_http: bool) -> bool:
    try:
        found = urlsplit(text)
        host, _ = found.hostname, found.port
    except ValueError:
        return False
    safe = found.scheme == "https" or (found.scheme == "http" and plain_http and host in _LOOPBACK)
    return bool(safe and host and text.isprintable() and not set("?#@ ") & set(text))
