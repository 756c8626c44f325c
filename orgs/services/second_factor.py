"""The second step of a sign-in: codes of an authenticator app (RFC 6238), and recovery codes.

A code is good once: the row keeps the step of the newest one, under a lock, so that neither a
second process nor a second later takes it again. The app's secret is encrypted with a key from
SECRET_KEY; recovery codes are kept as digests and go on working where that key is lost.
"""

import base64
import hashlib
import hmac
import secrets
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from orgs.models import Organization, SecondFactor, User

ISSUER = "CodeStax Compliance"
RECOVERY_CODES = 10
_STEP_SECONDS = 30
_STEPS_OFF = (-1, 0, 1)  # clocks of telephones differ
_SECRET_BYTES = 20
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else
_CODE_CHARS = 12  # over 59 bits


class Kind(StrEnum):
    """What a code was."""

    APP = "app"
    RECOVERY = "recovery"


def is_on(user: User) -> bool:
    """Whether this person's sign-in has a second step."""
    return settings.MFA_ENABLED and SecondFactor.objects.filter(user=user).exists()


def is_missing(user: User, organization: Organization) -> bool:
    """Whether the organization asks for a second step that this person has not set up."""
    return settings.MFA_ENABLED and organization.requires_mfa and not is_on(user)


def new_secret() -> str:
    """160 random bits, in the base32 that authenticator apps are told."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def address_of(secret: str, user: User) -> str:
    """The `otpauth:` address for the app, as a QR code shows it."""
    return _totp(secret).get_provisioning_uri(user.email, ISSUER)


def matching_step(secret: str, code: str) -> int | None:
    """The 30-second step whose code this is, of those around now."""
    typed = _bare(code).encode()
    now = int(timezone.now().timestamp()) // _STEP_SECONDS
    found = None
    for step in (now + off for off in _STEPS_OFF):
        if hmac.compare_digest(_totp(secret).generate(step * _STEP_SECONDS), typed):
            found = step
    return found


def begin(user: User, secret: str, step: int) -> list[str]:
    """Make the row, whose code of `step` has been used. Returns the recovery codes."""
    codes = [_random_code() for _ in range(RECOVERY_CODES)]
    SecondFactor.objects.update_or_create(
        user=user,
        defaults={
            "secret": _cipher().encrypt(secret.encode()),
            "last_step": step,
            "recovery_digests": [_digest(code) for code in codes],
        },
    )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def spend(user: User, code: str) -> Kind | None:
    """Use up a code, inside a transaction; None where it is wrong, or was used before."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return None
    if _spend_app_code(factor, code):
        return Kind.APP
    return Kind.RECOVERY if _spend_recovery_code(factor, code) else None


def _spend_app_code(factor: SecondFactor, code: str) -> bool:
    try:
        secret = _cipher().decrypt(bytes(factor.secret)).decode()
    except InvalidToken:  # SECRET_KEY is another one now
        return False
    step = matching_step(secret, code)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


def _spend_recovery_code(factor: SecondFactor, code: str) -> bool:
    digest = _digest(_bare(code).lower())
    if digest not in factor.recovery_digests:
        return False
    factor.recovery_digests.remove(digest)
    factor.save(update_fields=["recovery_digests"])
    return True


def _random_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS))


def _bare(code: str) -> str:
    """As people type it: apps and pages show codes in groups."""
    return code.replace(" ", "").replace("-", "")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), 6, SHA1(), _STEP_SECONDS)  # noqa: S303 - what apps do


def _cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    derived = (
        salted_hmac("orgs.second_factor", "", secret=key, algorithm="sha256").digest()
        for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
