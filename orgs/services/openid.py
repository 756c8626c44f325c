"""The language of OpenID Connect: the way to a provider and back, and what its answer proves.

django-allauth speaks it. Checked here is what it leaves open: that the discovery document is the
issuer's own, the nonce, and the signature of the ID token. Whom an answer lets in is decided in
orgs.services.single_sign_on.
"""

import hmac
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jwt
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from codestax.common.errors import DomainError
from codestax.identity_providers import IdentityProvider
from orgs.services.openid_client import Client, Provider

_SUBJECT_CHARS, _EMAIL_CHARS = 255, 254
_LEEWAY = 30
# Asymmetric ones: whoever knows the client's secret, or reads the published keys, signs nothing.
_KEY_TYPES = {"RSA", "EC", "OKP"}
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
# What a malformed answer raises in the library, which expects what the standard says.
_MALFORMED = (OAuth2Error, AttributeError, KeyError, TypeError, ValueError, RecursionError)

logger = logging.getLogger(__name__)


class ProviderAwayError(DomainError):
    """The provider cannot be reached, or does not answer as the standard says."""

    code = "provider_away"
    status = 503

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(
            f"{provider.name} does not answer as it should: try again in a minute, or sign in with "
            "your password."
        )


class NotStartedError(DomainError):
    """The browser comes back from a sign-in that it has not begun, or too long ago."""

    code = "not_started"

    def __init__(self) -> None:
        super().__init__("This sign-in was not begun here, or too long ago: begin again.")


class AnswerRefusedError(DomainError):
    """The provider has refused, or its answer does not prove who came."""

    code = "answer_refused"
    status = 403

    def __init__(self, provider: IdentityProvider, reason: str, message: str = "") -> None:
        super().__init__(message or f"{provider.name} has not confirmed who you are: begin again.")
        self.reason = reason


class TooLongAgoError(AnswerRefusedError):
    """The person signed in at the provider too long ago, or it does not say when."""

    def __init__(self, provider: IdentityProvider) -> None:
        message = (
            f"{provider.name} does not confirm that you signed in there within the last "
            f"{provider.max_age_minutes} minutes: sign out there, then begin again."
        )
        super().__init__(provider, "auth_time", message)


@dataclass(frozen=True)
class Answer:
    """Who came back, and what was kept when they left.

    `email` is one that is verified, or "". With `is_strong` the ID token shows what the operator
    wants of a second factor.
    """

    subject: str
    email: str
    is_strong: bool
    kept: dict[str, Any]


def begin(request: HttpRequest, provider: IdentityProvider, **kept: Any) -> str:
    """Return the provider's address to send the browser to. `kept` is plain data."""
    nonce = secrets.token_urlsafe(32)
    asked = {"nonce": nonce} | _strength_asked(provider)
    with _read_as(provider):
        answer = Provider(request, provider).redirect(
            request, AuthProcess.LOGIN, data=kept, auth_params=asked, nonce=nonce
        )
        return str(answer["Location"])


def _strength_asked(provider: IdentityProvider) -> dict[str, str]:
    """What the provider is asked for beside the person. There is no parameter for `amr`."""
    asked = {}
    if provider.acr:
        asked["acr_values"] = " ".join(provider.acr)
    if provider.max_age_minutes:
        asked["max_age"] = str(60 * provider.max_age_minutes)
    return asked


def finish(request: HttpRequest, provider: IdentityProvider) -> "Exchange":
    """Use up what was begun in this session. NotStartedError where nothing was."""
    try:
        state = Provider(request, provider).unstash_redirect_state(
            request, request.GET.get("state", "")
        )
    except PermissionDenied:
        raise NotStartedError from None
    return Exchange(request, provider, state)


class Exchange:
    """A sign-in that was begun in this session: `answer()` asks the provider who came."""

    def __init__(
        self, request: HttpRequest, provider: IdentityProvider, state: dict[str, Any]
    ) -> None:
        self.request, self.provider, self.state = request, provider, state
        self.kept: dict[str, Any] = state["data"]

    def answer(self) -> Answer:
        """ProviderAwayError, or AnswerRefusedError where the answer does not prove enough."""
        asked = self.request.GET
        if asked.get("iss", self.provider.issuer) != self.provider.issuer:  # RFC 9207
            raise AnswerRefusedError(self.provider, "issuer")
        if "error" in asked or not asked.get("code"):
            raise AnswerRefusedError(self.provider, "provider")
        with _read_as(self.provider):
            client = Provider(self.request, self.provider).client
            tokens = self._tokens(client)
            keys = client.fetch(client.openid_config["jwks_uri"])
        claims = self._claims(tokens.get("id_token"), keys)
        self._refuse_too_long_ago(claims)
        email = self._email(client, tokens, claims)
        return Answer(claims["sub"], email, self._is_strong(claims), self.kept)

    def _tokens(self, client: Client) -> dict[str, Any]:
        try:
            return client.exchange(self.state["pkce_code_verifier"])
        except OAuth2Error:  # without the cause, which quotes the answer
            raise AnswerRefusedError(self.provider, "code") from None

    def _claims(self, token: Any, keys: Any) -> dict[str, Any]:
        """The ID token's, checked as OpenID Connect Core 3.1.3.7 says."""
        try:
            claims = jwt.decode(
                token,
                key=_signing_key(token, keys),
                algorithms=_ALGORITHMS,
                audience=self.provider.client_id,
                issuer=self.provider.issuer,
                leeway=_LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, *_MALFORMED) as error:
            _tell_operator(self.provider, _named(error))
            raise AnswerRefusedError(self.provider, "token") from error
        if not self._is_for_us(claims):
            raise AnswerRefusedError(self.provider, "token")
        return claims

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp", None if others else self.provider.client_id)
        nonce, subject = str(claims.get("nonce", "")), claims["sub"]
        return (
            party == self.provider.client_id
            and hmac.compare_digest(nonce.encode(), self.state["nonce"].encode())
            and _is_name(subject, _SUBJECT_CHARS)
        )

    def _refuse_too_long_ago(self, claims: dict[str, Any]) -> None:
        minutes = self.provider.max_age_minutes
        if minutes is not None and not _is_within(claims.get("auth_time"), 60 * minutes):
            _tell_operator(self.provider, "auth_time is not there, or longer ago than max_age.")
            raise TooLongAgoError(self.provider)

    def _is_strong(self, claims: dict[str, Any]) -> bool:
        """Whether `acr` and `amr` are what the operator has named; what is not is not read."""
        acr, amr, used = self.provider.acr, self.provider.amr, claims.get("amr")
        has_acr = not acr or claims.get("acr") in acr
        has_amr = not amr or (isinstance(used, list) and any(one in amr for one in used))
        if not (has_acr and has_amr):
            _tell_operator(
                self.provider, "acr or amr shows no second factor: it is asked for here."
            )
        return has_acr and has_amr

    def _email(self, client: Client, tokens: Any, claims: dict[str, Any]) -> str:
        """The verified email, of the userinfo where the token has none."""
        if "email" not in claims and client.openid_config.get("userinfo_endpoint"):
            with _read_as(self.provider):
                found = client.user_info(tokens["access_token"])
            # Another person's would do for another sign-in (5.3.2).
            claims = found if found.get("sub") == claims["sub"] else {}
        email = claims.get("email")
        # The standard says a boolean: a text is no proof, and "false" would be one.
        if claims.get("email_verified") is not True or not isinstance(email, str):
            return ""
        return email.lower() if _is_name(email, _EMAIL_CHARS) else ""


def _is_within(at: Any, seconds: int) -> bool:
    """Whether it is a time of the last so many seconds."""
    if isinstance(at, bool) or not isinstance(at, int | float):
        return False
    now = int(time.time())  # whole, so that a number of any size can be taken from it
    return -_LEEWAY <= now - at <= seconds + _LEEWAY


def _is_name(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable()


def _signing_key(token: Any, keys: Any) -> jwt.PyJWK:
    """The published key that the token names, or the only one."""
    header = jwt.get_unverified_header(token)
    found = [one for one in keys["keys"] if _signs(one) and _is_named(one, header)]
    if len(found) != 1:
        raise OAuth2Error("No key of the provider is named by the token.")
    return jwt.PyJWK(found[0], algorithm=None if "alg" in found[0] else header["alg"])


def _signs(key: dict[str, Any]) -> bool:
    return key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"


def _is_named(key: dict[str, Any], header: dict[str, Any]) -> bool:
    return "kid" not in header or key.get("kid") == header["kid"]


def _tell_operator(provider: IdentityProvider, what: str) -> None:
    """What is wrong with a provider or its settings; nobody else is told."""
    logger.warning("Single sign-on by %s: %s", provider.id, what)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def _read_as(provider: IdentityProvider) -> Iterator[None]:
    """Whatever goes wrong between the two servers is one thing to who wants to come in."""
    try:
        yield
    except (OSError, *_MALFORMED) as error:  # an OSError is what connections raise
        _tell_operator(provider, _named(error))
        raise ProviderAwayError(provider) from error
