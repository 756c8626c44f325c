"""Rate limits in the API's headers.

`RateLimit` and `RateLimit-Policy` are draft-ietf-httpapi-ratelimit-headers; the three
`X-RateLimit-…` say the same of the tightest limit, for the many clients that know only those.
"""

from collections.abc import Sequence

from rest_framework.request import Request
from rest_framework.response import Response

from orgs.api.authentication import Credential
from orgs.services import rates
from orgs.services.rates import WINDOW_SECONDS, Allowance, RateLimitError


def take(request: Request) -> list[Allowance]:
    """Count the request for its credential; nobody's request counts for nobody."""
    found = request.auth
    if not isinstance(found, Credential):
        return []
    return rates.spend(membership=found.membership, key=found.key)


def refuse(allowances: Sequence[Allowance]) -> None:
    """Raise RateLimitError where the request is one too many."""
    if allowances and allowances[-1].is_exceeded:
        raise RateLimitError(allowances[-1])


def describe(response: Response, allowances: Sequence[Allowance]) -> None:
    """Say on the answer what the limits are, and what is left of them."""
    if not allowances:
        return
    tightest = min(allowances, key=lambda one: one.remaining)
    policies = [f'"{one.name}";q={one.limit};w={WINDOW_SECONDS}' for one in allowances]
    states = [f'"{one.name}";r={one.remaining};t={one.reset}' for one in allowances]
    response.headers["RateLimit-Policy"] = ", ".join(policies)
    response.headers["RateLimit"] = ", ".join(states)
    response.headers["X-RateLimit-Limit"] = str(tightest.limit)
    response.headers["X-RateLimit-Remaining"] = str(tightest.remaining)
    response.headers["X-RateLimit-Reset"] = str(rates.at(tightest))
    if tightest.is_exceeded:
        response.headers["Retry-After"] = str(tightest.reset)
