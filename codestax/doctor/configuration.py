"""Settings that weaken the product, or that no client could reach it with."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from codestax.doctor.problem import Problem

AREA = "settings"
_SHORTEST_KEY = 32  # bytes; RFC 7518 asks for as many as the hash of HS256 has


def problems() -> Iterator[Problem]:
    yield from _django()
    if settings.PRODUCTION:
        yield from _production()


def _django() -> Iterator[Problem]:
    """What Django's own checks find; those of a deployment only in production."""
    found = checks.run_checks(include_deployment_checks=settings.PRODUCTION)
    for message in found:
        if message.level >= checks.WARNING and not message.is_silenced():
            remedy = message.hint or f"`manage.py check --deploy` has more on {message.id}."
            yield Problem(AREA, _one_line(message.msg), _one_line(remedy))


def _production() -> Iterator[Problem]:
    if not settings.TRUSTED_PROXIES:
        yield Problem(
            AREA,
            "TRUSTED_PROXIES is 0: every request counts as plain HTTP, and the API refuses it.",
            "Set it to the number of proxies that stand in front and send X-Forwarded-Proto.",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Problem(
            AREA,
            "ALLOWED_HOSTS is *: links in mails could lead to any host.",
            "Name the hosts that this installation answers for.",
        )
    if len(settings.JWT_SIGNING_KEY.encode()) < _SHORTEST_KEY:
        yield Problem(
            AREA,
            f"JWT_SIGNING_KEY has less than {_SHORTEST_KEY} bytes: it could be guessed offline.",
            "Make another one; everybody signs in again.",
        )
    if not settings.MFA_REQUIRED:
        yield Problem(
            AREA,
            "MFA_REQUIRED is false: who has set up no second step comes in by a password alone.",
            "Set it to true; everybody is led to set one up, and API keys go on.",
        )
    if not settings.RATE_LIMIT_PER_MINUTE:
        yield Problem(
            AREA,
            "RATE_LIMIT_PER_MINUTE is 0: one key can take the whole server.",
            "Set a limit, or keep one at the proxy.",
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
