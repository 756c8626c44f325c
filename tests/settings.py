"""The product's settings, for tests: they look at the tables as their owner (conftest.py)."""

import os

os.environ.setdefault("DATABASE_ACCOUNT", "owner")
# Single sign-on is routed where a provider is configured. Tests of it name their own.
os.environ["OIDC_PROVIDERS"] = (
    '[{"id": "routed", "name": "Routed", "issuer": "https://id.invalid", "client_id": "x",'
    ' "client_secret": "x"}]'
)

from codestax.settings import *  # noqa: F403

del os.environ["OIDC_PROVIDERS"]
OIDC_PROVIDERS = {}
# A code that a test computes and sends may meet the next step of 30 seconds on its way.
MFA_TOTP_TOLERANCE = 1
# A set of codes costs a third of a second otherwise; what is about the cost asks for the true one.
RECOVERY_CODE_COST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
