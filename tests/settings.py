"""The product's settings, for tests: they look at the tables as their owner (conftest.py)."""

import os

os.environ.setdefault("DATABASE_ACCOUNT", "owner")

from codestax.settings import *  # noqa: F403
