"""The second step of a sign-in: an authenticator app's codes (RFC 6238), and recovery codes.

django-allauth makes, keeps and checks both. Three things are ours: what it keeps is encrypted with
a key from SECRET_KEY, recovery codes are hashed (orgs.services.recovery_codes), and a code of the
app is used up in its row, under a lock. The library remembers used codes in the cache, which other
processes do not share. The database shows the rows of the user that is worked for alone.
"""

import base64
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from codestax.common.tenancy import of_user
from orgs.models import Organization, User
from orgs.services import recovery_codes
from orgs.services.recovery_codes import HashedCodes

_READ_TOGETHER = 4  # digits of a recovery code


class Kind(StrEnum):
    """What a code was; the types of the library's rows."""

    APP = "totp"
    RECOVERY = "recovery_codes"

    @property
    def factor(self) -> str:
        """What the audit log calls it beside a password."""
        return "recovery_code" if self is Kind.RECOVERY else "totp"


class Secrets(DefaultMFAAdapter):  # type: ignore[misc] # it ships no types
    """How the app's secret and the digests of recovery codes are kept (MFA_ADAPTER)."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raise InvalidToken where it was encrypted with another SECRET_KEY."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


class _AppCodes(totp.TOTP):  # type: ignore[misc] # it ships no types
    def validate_code(self, code: str) -> bool:
        """Use up the code of a 30-second step around now that is newer than the last one used."""
        data = self.instance.data
        secret = get_adapter().decrypt(data["secret"])
        for step in totp.yield_hotp_counters_from_time():
            expected = totp.format_hotp_value(totp.hotp_value(secret, step))
            is_new = step > data.get("last_step", 0)
            if compare_user_code(actual=code, expected=expected) and is_new:
                data["last_step"] = step
                self.instance.save(update_fields=["data"])
                return True
        return False


_KINDS: dict[Kind, Any] = {Kind.APP: _AppCodes, Kind.RECOVERY: HashedCodes}


def is_on(user: User) -> bool:
    """Whether this person's sign-in has a second step."""
    return settings.MFA_ENABLED and is_set_up(user)


def is_set_up(user: User) -> bool:
    """Whether there is one, though it may be switched off for everybody."""
    with of_user(user.pk):
        return bool(get_adapter().is_mfa_enabled(user))


def is_missing(user: User, organization: Organization | None) -> bool:
    """Whether the installation, or the organization, asks for a second step that this person has
    not set up.
    """
    asks = settings.MFA_REQUIRED or (organization is not None and organization.requires_mfa)
    return settings.MFA_ENABLED and asks and not is_on(user)


def new_secret() -> str:
    """160 random bits, in the base32 that authenticator apps are told."""
    return str(totp.generate_totp_secret())


def address_of(secret: str, user: User) -> str:
    """The `otpauth:` address for the app, as a QR code shows it."""
    return str(get_adapter().build_totp_url(user, secret))


def is_code_of(secret: str, code: str) -> bool:
    """Whether an app that has the secret shows this code around now; it is not used up."""
    return bool(totp.validate_totp_code(secret, code))


def begin(user: User, secret: str) -> list[str]:
    """Ask for the codes of the app that has the secret. Returns the recovery codes."""
    with of_user(user.pk):
        _AppCodes.activate(user, secret)
    return renew_recovery_codes(user)


def renew_recovery_codes(user: User) -> list[str]:
    """Make new recovery codes, inside a transaction; the ones before are good no more."""
    codes = recovery_codes.new_codes()
    data = recovery_codes.kept(codes)
    with of_user(user.pk):
        Authenticator.objects.filter(user=user, type=Kind.RECOVERY).delete()
        Authenticator.objects.create(user=user, type=Kind.RECOVERY, data=data)
    return [_grouped(code) for code in codes]


def recovery_codes_left(user: User) -> int:
    """How many recovery codes have not been used; none where the key they need is lost."""
    with of_user(user.pk):
        row = Authenticator.objects.filter(user=user, type=Kind.RECOVERY).first()
    try:
        return HashedCodes(row).left() if row else 0
    except InvalidToken:
        return 0


def spend(user: User, code: str) -> Kind | None:
    """Use up a code, inside a transaction; None where it is wrong, or was used before."""
    with of_user(user.pk):
        return next((kind for kind in Kind if _is_spent(user, kind, code)), None)


def end(user: User) -> None:
    """Ask for no codes any more."""
    with of_user(user.pk):
        Authenticator.objects.filter(user=user).delete()


def unreadable() -> Iterator[int]:
    """The ids of users whose secrets were encrypted with a key that is not there any more."""
    for row in Authenticator.objects.order_by("pk").iterator():
        try:
            get_adapter().decrypt(_encrypted_in(row))
        except InvalidToken:
            yield row.user_id


def _encrypted_in(row: Authenticator) -> str:
    if row.type == Kind.RECOVERY:
        return recovery_codes.encrypted_in(row.data)
    return str(row.data["secret"])


def _is_spent(user: User, kind: Kind, code: str) -> bool:
    rows = Authenticator.objects.select_for_update(no_key=True)
    row = rows.filter(user=user, type=kind).first()
    try:
        return row is not None and bool(_KINDS[kind](row).validate_code(code))
    except InvalidToken:  # SECRET_KEY is another one now
        return False


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _READ_TOGETHER] for at in range(0, len(code), _READ_TOGETHER))


def _cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    derived = (
        salted_hmac("orgs.second_factor", "", secret=key, algorithm="sha256").digest()
        for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
