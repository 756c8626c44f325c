"""Recovery codes: each is good once in place of the app's, where the device is lost.

django-allauth keeps a seed that its codes follow from. Here a set of codes is kept as digests of
Argon2id under one random salt, so that a check costs one run of it. The digests are encrypted as
well: a copy of the database without SECRET_KEY has nothing to try guesses against.
"""

import hmac
import json
import secrets
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from argon2.low_level import Type, hash_secret_raw
from django.conf import settings

_SALT_BYTES, _DIGEST_BYTES = 16, 32


class HashedCodes(RecoveryCodes):  # type: ignore[misc] # it ships no types
    """The recovery codes of a row, also of one that holds a seed of the library's."""

    def validate_code(self, code: str) -> bool:
        """Use up a code in its row, which the caller has locked.

        The hash runs under that lock: of many codes for an account one is looked at at a time.
        """
        if "digests" not in self.instance.data:
            return bool(super().validate_code(code))
        unused, given = self._unused(), self._digest(code)
        others = [one for one in unused if not hmac.compare_digest(one, given)]
        if len(others) == len(unused):
            return False
        self.instance.data["digests"] = _encrypted(others)
        self.instance.save(update_fields=["data"])
        return True

    def left(self) -> int:
        """How many have not been used. InvalidToken where SECRET_KEY is another one now."""
        is_hashed = "digests" in self.instance.data
        return len(self._unused() if is_hashed else self.get_unused_codes())

    def _unused(self) -> list[str]:
        found: list[str] = json.loads(get_adapter().decrypt(self.instance.data["digests"]))
        return found

    def _digest(self, code: str) -> str:
        data = self.instance.data
        return _digest(normalize_user_code(code), bytes.fromhex(data["salt"]), data["argon2id"])


def new_codes() -> list[str]:
    digits = app_settings.RECOVERY_CODE_DIGITS
    return [
        f"{secrets.randbelow(10**digits):0{digits}}"
        for _ in range(app_settings.RECOVERY_CODE_COUNT)
    ]


def kept(codes: list[str]) -> dict[str, Any]:
    """What a row keeps of new codes."""
    # Kept with each set, so that another cost is good for the next ones.
    salt, cost = secrets.token_bytes(_SALT_BYTES), settings.RECOVERY_CODE_COST
    return {
        "salt": salt.hex(),
        "argon2id": cost,
        "digests": _encrypted([_digest(code, salt, cost) for code in codes]),
        # For processes of the release before: a set without a code, and what its doctor decrypts.
        "migrated_codes": [],
        "seed": get_adapter().encrypt(""),
    }


def encrypted_in(data: dict[str, Any]) -> str:
    """What of a row has to be decrypted before a code is good."""
    return str(data["digests"] if "digests" in data else data["seed"])


def _digest(code: str, salt: bytes, cost: dict[str, int]) -> str:
    # Whatever was sent: half of a surrogate pair is no fault either.
    secret = code.encode(errors="backslashreplace")
    return hash_secret_raw(secret, salt, **cost, hash_len=_DIGEST_BYTES, type=Type.ID).hex()


def _encrypted(digests: list[str]) -> str:
    return str(get_adapter().encrypt(json.dumps(digests)))
