"""Versions of what an organization can change: equal texts say that nothing has changed.

A writer that says which version it has seen is refused where another one came between
(`If-Match` of the API).
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from compliance.domain.catalog import CATALOG_VERSION, Framework
from compliance.domain.policy import Policy


@lru_cache(maxsize=256)
def frameworks_version(policy: Policy) -> str:
    """Of the list of frameworks and of what is enabled."""
    custom = [(one.key, one.name, one.description, len(one.controls)) for one in policy.custom]
    return _digest("frameworks", policy.plan, policy.enabled, custom)


def controls_version(policy: Policy, framework: Framework) -> str:
    """Of a framework's controls and of those that are Not Applicable."""
    return _digest("controls", framework, policy.disabled.get(framework.key, ()))


def custom_frameworks_version(rows: Iterable[tuple[int, datetime]]) -> str:
    """Of the list of custom frameworks, by the id of each and the moment of its last change."""
    return _digest("custom frameworks", sorted(rows))


def _digest(*parts: Any) -> str:
    document = msgspec.json.encode((CATALOG_VERSION, *parts), order="deterministic")
    return sha256(document).hexdigest()[:32]
