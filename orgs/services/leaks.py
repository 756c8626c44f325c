"""API keys that a secret scanner has found in public: they are ended, and their people told."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db import transaction

from codestax.common.acts import act
from codestax.common.errors import DomainError
from codestax.common.locking import locked_row
from codestax.common.tenancy import acting_for
from orgs.domain import keys
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership
from orgs.queries import find_key
from orgs.services import mails
from orgs.services.keys import revoke_key

_ACTOR, _URL_CHARS = "secret scanner", 1000


class UnsignedReportError(DomainError):
    """No scanner that is known here has signed this."""

    code = "unsigned_report"
    status = 401


@dataclass(frozen=True)
class Leak:
    """A text that looks like a key, and where it was found: an address, and what kind of place."""

    token: str = field(repr=False)
    url: str = ""
    source: str = ""


def scanner_key(identifier: str) -> EllipticCurvePublicKey:
    """The known scanner's key that is called so; UnsignedReportError for any other."""
    key: EllipticCurvePublicKey | None = settings.SECRET_SCANNING_KEYS.get(identifier)
    if key is None:
        raise UnsignedReportError("The report names no key of SECRET_SCANNING_KEYS.")
    return key


def check_signature(key: EllipticCurvePublicKey, *, body: bytes, signature: str) -> None:
    """Raise UnsignedReportError where the body, as it was sent, is not signed by the key.

    ECDSA with SHA-256; the signature is DER in base64.
    """
    try:
        key.verify(base64.b64decode(signature, validate=True), body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise UnsignedReportError("The signature is not that of this report.") from error


def end_leaked(leaks: Iterable[Leak]) -> list[bool]:
    """End the keys among the leaks, and say of each leak whether it is one of ours."""
    return [_end(leak) for leak in leaks]


def _end(leak: Leak) -> bool:
    key = _key_of(leak.token)
    if key is None:
        return False
    url = keys.without_secrets(leak.url)[:_URL_CHARS]
    where = {"reason": "found_in_public", "url": url, "source": leak.source}
    with acting_for(key.org_id), transaction.atomic():
        # Locked: of two reports at once the second finds it ended, and has nobody to tell.
        locked = locked_row(ApiKey, id=key.pk, org_id=key.org_id)
        if locked is not None and locked.revoked_at is None:
            with act("API_KEY_REVOKED", organization_id=key.org_id, actor_email=_ACTOR, **where):
                revoke_key(key=locked)
            message = mails.leaked_key(key, url, to=_who_hears_of(key))
            transaction.on_commit(partial(mails.send_later, message))
    return True


def _key_of(token: str) -> ApiKey | None:
    """The key whose text this is, whether it is still good or not."""
    parsed = keys.parse_key(token)
    found = find_key(parsed.public_id) if parsed else None
    if parsed is None or found is None or parsed.environment != found.environment:
        return None
    return found if keys.same_digest(keys.digest(parsed.secret), bytes(found.digest)) else None


def _who_hears_of(key: ApiKey) -> list[str]:
    """The key's member, and those who may make and end keys."""
    rows = Membership.objects.of(key.org).filter(user__is_active=True).select_related("user")
    return sorted(
        row.user.email
        for row in rows
        if row.pk == key.membership_id or Role(row.role).allows(Role.ADMIN)
    )
