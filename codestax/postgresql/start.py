"""Whether this process may serve, asked before it does."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection


def refusal() -> str:
    """Why production may not serve with this database account; "" where it may.

    A database that is away is no reason not to start: each connection is asked again when it is
    made (codestax.postgresql.base).
    """
    if not settings.PRODUCTION:
        return ""
    try:
        connection.ensure_connection()
    except OperationalError:
        return ""
    except ImproperlyConfigured as error:
        return str(error)
    connection.close()  # a process that forks must not share it
    return ""
