"""The WSGI application that a server loads."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "codestax.settings")
application = get_wsgi_application()

from codestax.postgresql.start import refusal  # noqa: E402 - needs the settings

if reason := refusal():
    raise ImproperlyConfigured(reason)
