"""The public keys by which secret scanners sign what they report: the operator's business.

They stand in the environment, as their publisher gives them out, so that this server asks nobody.
"""

import json
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.exceptions import ImproperlyConfigured

from codestax.env import env_secret

ScannerKeys = dict[str, EllipticCurvePublicKey]


def env_scanner_keys(name: str) -> ScannerKeys:
    """The keys, by their identifiers, that NAME or the file of NAME_FILE lists.

    Either is `{"public_keys": [{"key_identifier": "…", "key": "<PEM>"}, …]}`, GitHub's document at
    /meta/public_keys/secret_scanning. Keys that it calls not current may still have signed.
    """
    raw = env_secret(name)
    try:
        listed = json.loads(raw)["public_keys"] if raw else []
        return {str(one["key_identifier"]): _public_key(one["key"]) for one in listed}
    except (ValueError, LookupError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured(
            f"{name} must be the document of public keys that GitHub publishes for secret scanning."
        ) from error


def _public_key(pem: Any) -> EllipticCurvePublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, EllipticCurvePublicKey):
        raise TypeError(type(key).__name__)
    return key
