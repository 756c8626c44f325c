"""The two accounts of the database: its app's and its owner's.

Web processes and workers connect as one that owns nothing and that row-level security binds; every
other command as the tables' owner, where one is named.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from codestax.env import env_secret


def account_url(account: str, named: str | None, directory: Path) -> str:
    """The URL of the account `app` or `owner`.

    `named` is DATABASE_URL; without it the embedded server of `directory` is started.
    """
    if account not in ("app", "owner"):
        raise ImproperlyConfigured("DATABASE_ACCOUNT must be 'app' or 'owner'.")
    if named:
        return (env_secret("DATABASE_OWNER_URL") if account == "owner" else None) or named
    from codestax import embedded  # noqa: PLC0415 - production never loads it

    owner = embedded.start(directory)
    return owner if account == "owner" else embedded.as_app(owner)
