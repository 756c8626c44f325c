"""Typed, strict readers of environment variables.

A value that does not parse stops the start with a sentence; nothing falls back silently.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


def env_str(name: str, *, default: str) -> str:
    return os.environ.get(name, default)


def env_bool(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} must be 'true' or 'false', not {raw!r}.")
    return raw == "true"


def env_choice(name: str, choices: Sequence[str], *, default: str) -> str:
    raw = os.environ.get(name, default)
    if raw not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {raw!r}.")
    return raw


def env_int(name: str, *, default: int, minimum: int = 0, maximum: int | None = None) -> int:
    raw = os.environ.get(name)
    if raw is None:
        return default
    is_number = raw.isascii() and raw.isdigit()
    if not is_number or int(raw) < minimum or (maximum is not None and int(raw) > maximum):
        wanted = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
        raise ImproperlyConfigured(f"{name} must be a whole number {wanted}, not {raw!r}.")
    return int(raw)


def env_list(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list; blanks around the commas are dropped."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    return _split(raw)


def _split(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def env_secret(name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name) or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is no UTF-8 text.") from None


def env_file(name: str) -> str | None:
    """The path of a file that is there to be read."""
    path = os.environ.get(name)
    if not path:
        return None
    try:
        with Path(path).open("rb"):
            return path
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error.strerror}.") from error


def env_secrets(name: str) -> list[str]:
    """A comma-separated list of secrets."""
    return _split(env_secret(name) or "")


def env_database(url: str) -> dict[str, Any]:
    """Django's settings of a `postgresql://` URL, with how its connections are kept."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://.")
    try:
        config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except ValueError:
        # Without the cause, which would print the URL and its password.
        raise ImproperlyConfigured("DATABASE_URL is not a URL that can be read.") from None
    # A statement that a connection sees again is planned once: a third of a short request's time.
    # A pooler that shares connections between transactions needs it off.
    prepared = env_bool("DATABASE_PREPARED_STATEMENTS", default=True)
    options = {"server_side_binding": prepared, "prepare_threshold": 2 if prepared else None}
    return config | {
        "ENGINE": "codestax.postgresql",
        # A host that is gone says nothing: a request waits for a new connection this long at most.
        "OPTIONS": {"connect_timeout": 5} | config.get("OPTIONS", {}) | options,
        "CONN_MAX_AGE": env_int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }


def env_email(url: str) -> dict[str, Any]:
    """Django's settings of a mail server: `smtp+tls://user:password@host:587`."""
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured):
        # Without the cause, which may print the URL and its password.
        raise ImproperlyConfigured(
            "EMAIL_URL must be like smtp+tls://user:password@host:587."
        ) from None
    defaults = {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}
    return defaults | found | {"EMAIL_PORT": found["EMAIL_PORT"] or 25}
