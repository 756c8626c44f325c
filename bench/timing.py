"""Whether time tells a stranger what an answer does not: which keys and which emails there are.

Two kinds of requests that are refused alike are sent in turns, so that slow minutes of the machine
meet both, and their medians compared.
"""

import http.client
import json
import time
from collections.abc import Callable
from statistics import median

from bench.data import new_organization
from bench.limits import judged
from bench.server import Server
from orgs.domain.keys import Environment, make_key, parse_key
from orgs.models import ApiKey, SignInFailure

KEYS, SIGN_INS, ROUNDS = 1_000, 100, 5
MOST_OF_KEYS, MOST_OF_SIGN_INS = 1.05, 1.10
_FORGET_EVERY = 4  # tries of each kind, before the limits on guessing refuse to look
_KNOWN, _UNKNOWN = "timing@acme.example", "nobody@acme.example"


def measure(server: Server, key: str) -> None:
    """The server runs with as many workers as `serve` has by default."""
    print("\nWhat time tells: medians of requests that are refused alike, the slower / the other\n")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def ask(method: str, path: str, body: str | None, headers: dict[str, str]) -> None:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 401:  # noqa: PLR2004
            raise RuntimeError(f"{method} {path}: {answer.status}")

    def try_key(text: str) -> None:
        ask("GET", "/api/compliance/frameworks", None, {"X-API-Key": text})

    def sign_in(email: str, number: int) -> None:
        if number % _FORGET_EVERY == 0:
            SignInFailure.objects.all().delete()
        body = json.dumps({"email": email, "password": "wrong"})
        ask("POST", "/api/auth/token", body, {"Content-Type": "application/json"})

    made = new_organization("Timing")
    wrong, unknown = _key_of_another_secret(made[1]), make_key(_environment(key)).text
    ratios = [
        _ratio(KEYS, lambda _: try_key(wrong), lambda _: try_key(unknown)) for _ in range(ROUNDS)
    ]
    judged("key of another secret, unknown key", ratios, MOST_OF_KEYS)
    ratios = [
        _ratio(
            SIGN_INS,
            lambda number: sign_in(_KNOWN, number),
            lambda number: sign_in(_UNKNOWN, number),
        )
        for _ in range(ROUNDS)
    ]
    judged("wrong password, unknown email", ratios, MOST_OF_SIGN_INS)


def _ratio(count: int, one: Callable[[int], None], other: Callable[[int], None]) -> float:
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for call, seconds in zip((one, other), taken, strict=True):
            started = time.perf_counter()
            call(number)
            seconds.append(time.perf_counter() - started)
    middles = [median(seconds) for seconds in taken]
    return max(middles) / min(middles)


def _environment(key: str) -> Environment:
    parsed = parse_key(key)
    if parsed is None:
        raise AssertionError("This is no key.")
    return parsed.environment


def _key_of_another_secret(text: str) -> str:
    """A key whose public part is known."""
    parsed = parse_key(text)
    if parsed is None:
        raise AssertionError("This is no key.")
    other = make_key(parsed.environment)
    ApiKey.objects.filter(public_id=parsed.public_id).update(digest=other.digest)
    return text
