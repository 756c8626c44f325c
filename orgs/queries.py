"""The reads that stand before every request: by an API key, or by a session."""

from collections.abc import Iterator
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.utils import timezone

from codestax.common.errors import NotFoundError
from codestax.common.locking import locked_row
from codestax.common.tenancy import Scope
from orgs.models import ApiKey, Membership, Organization, User

# Never the password: what is not read here cannot leak from a request.
_WANTED: dict[type[Model], str] = {
    ApiKey: (
        "id org_id membership_id name role environment public_id digest "
        "expires_at revoked_at last_used_at"
    ),
    Membership: "id org_id user_id role",
    User: "id email is_active is_staff is_superuser token_version",
    Organization: "id name slug plan requires_mfa created_at",
}
# The look-up's names for them.
_NAMES = {ApiKey: "api_key", Membership: "membership", User: "member", Organization: "organization"}
_FIELDS = {
    # In the order of the model's fields, as from_db() takes its values.
    model: tuple(f.attname for f in model._meta.concrete_fields if f.attname in names.split())
    for model, names in _WANTED.items()
}


def _columns(*models: type[Model]) -> str:
    return ", ".join(f"{m._meta.db_table}.{column}" for m in models for column in _FIELDS[m])


_FOUND = ", ".join(
    f"(found.{name}).{column}" for model, name in _NAMES.items() for column in _FIELDS[model]
)
# Whose key it is shows only here, so the same statement tells the session: from the next one on
# the database shows this organization's rows.
_FIND_KEY = f"""
SELECT {_FOUND}, set_config('app.org_id', (found.organization).id::text, false),
    set_config('app.user_id', '', false)
FROM orgs_find_key(%s) found
"""
# Sessions and accounts belong to no organization: these can be asked for before, and tell as well.
_SESSION = """
SELECT session_data, set_config('app.org_id', '', false), set_config('app.user_id', '', false)
FROM django_session WHERE session_key = %s AND expire_date > %s
"""
_FIND_IDENTITY = "SELECT orgs_find_identity(%s, %s)"
_ACCOUNT = tuple(field.attname for field in User._meta.concrete_fields)
_USER = f"""
SELECT {", ".join(_ACCOUNT)},
    set_config('app.org_id', '', false), set_config('app.user_id', id::text, false)
FROM orgs_user WHERE id = %s
"""
_MEMBERSHIPS = f"""
SELECT {_columns(Membership, Organization)}
FROM orgs_membership
JOIN orgs_organization ON orgs_organization.id = orgs_membership.org_id
WHERE orgs_membership.user_id = %s
ORDER BY orgs_organization.name, orgs_membership.id
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
    key, membership, user, organization = _instances(row, ApiKey, Membership, User, Organization)
    membership.user, membership.org = user, organization
    key.membership, key.org = membership, organization
    return key  # type: ignore[no-any-return] # as _instances says


def _told_by(row: tuple[Any, ...]) -> Scope:
    return Scope(org_id=int(row[-2]))


def session_data(key: str) -> str | None:
    """Return what a session that has not ended holds, as it is stored."""
    row = _telling(_SESSION, key, timezone.now())
    return None if row is None else str(row[0])


def user_of(user_id: int) -> User | None:
    """Return the account with all of its fields: its password's digest is what sessions hang on."""
    row = _telling(_USER, user_id)
    return row and User.from_db(DEFAULT_DB_ALIAS, _ACCOUNT, row[: len(_ACCOUNT)])


def user_known_as(issuer: str, subject: str) -> User | None:
    """Return whose identity this is at a provider."""
    (user_id,) = _first_row(_FIND_IDENTITY, issuer, subject)
    return None if user_id is None else user_of(user_id)


def _telling(statement: str, *values: Any) -> Any:
    """The first row; its last value is the user whose rows, of no organization, are shown next."""
    return cast("Any", connection).fetch_telling(statement, values, _told_of_user)


def _told_of_user(row: tuple[Any, ...]) -> Scope:
    return Scope(user_id=int(row[-1]) if row[-1] else None)


def _first_row(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def locked_organization(organization: Organization) -> Organization:
    """Return the organization as it is now, locked until the transaction ends.

    Others who change what is the organization's wait. Raises NotFoundError where it is gone.
    """
    found = locked_row(Organization, id=organization.pk)
    if found is None:
        raise NotFoundError("Not found.")
    return found


def memberships_of(user: User) -> list[Membership]:
    """Return the user's memberships with their organizations, by its name."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERSHIPS, [user.pk])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        membership: Any
        membership, organization = _instances(row, Membership, Organization)
        membership.user, membership.org = user, organization
        found.append(membership)
    return found


def _instances(row: tuple[Any, ...], *models: type[Model]) -> Iterator[Any]:
    start = 0
    for model in models:
        fields = _FIELDS[model]
        end = start + len(fields)
        yield model.from_db(DEFAULT_DB_ALIAS, fields, row[start:end])
        start = end
