"""Whether time tells a stranger what an answer does not: which keys and which emails there are.

Two kinds of requests that are refused alike are sent in turns, so that slow minutes of the machine
meet both, and their medians compared.
"""

import http.client
import json
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from django.conf import settings

from bench.data import new_organization
from bench.limits import judged
from bench.server import Server
from orgs.domain.keys import Environment, make_key
from orgs.models import ApiKey, SignInFailure

KEYS, SIGN_INS, ROUNDS = 1_000, 100, 5
MOST_OF_KEYS, MOST_OF_SIGN_INS = 1.05, 1.10
_FORGET_EVERY = 4  # tries of each kind, before the limits on guessing refuse to look
_KNOWN, _UNKNOWN = "timing@acme.example", "nobody@acme.example"


def measure(server: Server, _: str) -> None:
    """The server runs with as many workers as `serve` has by default."""
    print("\nWhat time tells: medians of requests that are refused alike, the slower / the other\n")
    made, key = new_organization("Timing")
    other = make_key(Environment(settings.KEY_ENVIRONMENT))
    ApiKey.objects.filter(org=made.organization).update(digest=other.digest)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    _compare_keys(connection, key, other.text)
    _compare_emails(connection)


def _compare_keys(connection: http.client.HTTPConnection, known: str, unknown: str) -> None:
    def use(key: str) -> None:
        _refused(connection, "GET", "/api/compliance/frameworks", None, {"X-API-Key": key})

    ratios = [_ratio(KEYS, lambda _: use(known), lambda _: use(unknown)) for _ in range(ROUNDS)]
    judged("key of another secret, unknown key", ratios, MOST_OF_KEYS)


def _compare_emails(connection: http.client.HTTPConnection) -> None:
    def sign_in(email: str, number: int) -> None:
        if number % _FORGET_EVERY == 0:
            SignInFailure.objects.all().delete()
        body = json.dumps({"email": email, "password": "wrong"})
        sent = {"Content-Type": "application/json"}
        _refused(connection, "POST", "/api/auth/token", body, sent)

    one, other = (partial(sign_in, email) for email in (_KNOWN, _UNKNOWN))
    ratios = [_ratio(SIGN_INS, one, other) for _ in range(ROUNDS)]
    judged("wrong password, unknown email", ratios, MOST_OF_SIGN_INS)


def _refused(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None,
    headers: dict[str, str],
) -> None:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 401:  # noqa: PLR2004
        raise RuntimeError(f"{method} {path}: {answer.status}")


def _ratio(count: int, one: Callable[[int], None], other: Callable[[int], None]) -> float:
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for call, seconds in zip((one, other), taken, strict=True):
            started = time.perf_counter()
            call(number)
            seconds.append(time.perf_counter() - started)
    middles = [median(seconds) for seconds in taken]
    return max(middles) / min(middles)
