"""The read that stands before every request with an API key."""

from collections.abc import Iterator
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

from codestax.common.tenancy import Scope
from orgs.models import ApiKey, Membership, Organization, User

# Never the password: what is not read here cannot leak from a request.
_WANTED: dict[type[Model], str] = {
    ApiKey: "id org_id membership_id name role public_id digest expires_at revoked_at last_used_at",
    Membership: "id org_id user_id role",
    User: "id email is_active is_staff is_superuser token_version",
    Organization: "id name slug plan created_at",
}
# The look-up's names for them.
_NAMES = {ApiKey: "api_key", Membership: "membership", User: "member", Organization: "organization"}
# In the order of the model's fields, as from_db() takes its values.
_PARTS = tuple(
    (model, tuple(f.attname for f in model._meta.concrete_fields if f.attname in names.split()))
    for model, names in _WANTED.items()
)
_COLUMNS = ", ".join(
    f"(found.{_NAMES[model]}).{column}" for model, columns in _PARTS for column in columns
)
# Whose key it is shows only here, so the same statement tells the session: from the next one on
# the database shows this organization's rows.
_FIND_KEY = f"""
SELECT {_COLUMNS}, set_config('app.org_id', (found.organization).id::text, false),
    set_config('app.user_id', '', false)
FROM orgs_find_key(%s) found
"""


def find_key(public_id: str) -> ApiKey | None:
    """Return the key with its membership, user and organization, or None.

    By hand, since it runs on every request: the ORM takes three times as long to build this
    query as the database to answer it.
    """
    row = cast("Any", connection).fetch_telling(_FIND_KEY, [public_id], _told_by)
    if row is None:
        return None
    key: Any
    key, membership, user, organization = _instances(row)
    membership.user, membership.org = user, organization
    key.membership, key.org = membership, organization
    return key  # type: ignore[no-any-return] # as _PARTS says


def _told_by(row: tuple[Any, ...]) -> Scope:
    return Scope(org_id=int(row[-2]))


def _instances(row: tuple[Any, ...]) -> Iterator[Any]:
    start = 0
    for model, columns in _PARTS:
        end = start + len(columns)
        yield model.from_db(DEFAULT_DB_ALIAS, columns, row[start:end])
        start = end
