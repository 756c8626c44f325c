"""Django's PostgreSQL backend, with a health check that needs no round trip."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether a kept connection still serves; asked once at the start of every request.

        A server that ends a connection says so on it. Where nothing waits to be read there is no
        need to ask, which would cost each request as much as a query.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return bool(super().is_usable()) if waiting.poll(0) else True
