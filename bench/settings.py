"""The product's settings, with two more routes to measure the others against."""

import os

# This process makes the tables; the servers that it starts serve as the app.
os.environ.setdefault("DATABASE_ACCOUNT", "owner")

from codestax.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
