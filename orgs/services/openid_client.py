"""Asks an identity provider, by django-allauth: discovery, the way there, tokens and keys.

Nothing comes from the library's tables or its own settings, and nothing goes there.
"""

import json
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse

from codestax.identity_providers import IdentityProvider

_WELL_KNOWN = "/.well-known/openid-configuration"
_CONFIG_SECONDS = 600
_CONNECT_SECONDS, _READ_SECONDS, _ANSWER_SECONDS = 3, 5, 10
_ANSWER_BYTES = 1_000_000
_CHUNK = 16_384
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

# Discovery documents by issuer, with the moment until which each is good.
_configs: dict[str, tuple[float, dict[str, Any]]] = {}


class Connections(DefaultSocialAccountAdapter):  # type: ignore[misc] # it ships no types
    """How the configured addresses are asked: no redirects, not for long, and no endless answer."""

    def get_requests_session(self) -> Any:
        session = super().get_requests_session()
        session.max_redirects = 0
        session.stream = True
        session.hooks["response"].append(_read)
        plain = session.request
        session.request = lambda *args, **options: plain(
            *args, **options | {"timeout": (_CONNECT_SECONDS, _READ_SECONDS)}
        )
        return session


def _read(response: Any, *_: Any, **__: Any) -> None:
    """Read an answer up to its bounds, where the library would read what comes."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        response.raise_for_status()
    until, content = time.monotonic() + _ANSWER_SECONDS, bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > _ANSWER_BYTES or time.monotonic() > until:
            response.close()
            raise OAuth2Error("The answer takes too long, or is too large.")
    response._content = bytes(content)


class Client(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Asks one provider."""

    def __init__(self, request: HttpRequest, provider: "Provider") -> None:
        super().__init__(request, provider.app.provider_id)
        self._provider = provider

    def get_provider(self) -> "Provider":
        return self._provider

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("sso-callback", args=[app.provider_id]))

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document, remembered for some minutes."""
        issuer = self._provider.configured.issuer
        until, config = _configs.get(issuer, (0.0, {}))
        if until < time.monotonic():
            config = self.fetch(self._provider.server_url)
            _check(config, issuer)
            _configs[issuer] = time.monotonic() + _CONFIG_SECONDS, config
        return config

    def fetch(self, address: str) -> Any:
        with Connections(self.request).get_requests_session() as session:
            answer = session.get(address)
            answer.raise_for_status()
            return json.loads(answer.content)

    def exchange(self, verifier: str) -> dict[str, Any]:
        """The code's tokens."""
        app = self._provider.app
        client = self.get_client(self.request, app)
        found = self.get_access_token_data(self.request, app, client, pkce_code_verifier=verifier)
        return dict(found)

    def user_info(self, access_token: str) -> dict[str, Any]:
        return dict(self._fetch_user_info(access_token))


def _check(config: Any, issuer: str) -> None:
    """A document of another issuer is refused (OpenID Connect Discovery 4.3)."""
    if config["issuer"] != issuer:
        raise OAuth2Error("The discovery document is another issuer's.")
    named = [name for name in (*_ENDPOINTS, "userinfo_endpoint") if name in config]
    schemes = {urlsplit(config[name]).scheme for name in named}
    if {*_ENDPOINTS} - {*named} or schemes - {"https", urlsplit(issuer).scheme}:
        raise OAuth2Error("The discovery document lacks an address, or names one without TLS.")


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """One provider of the operator's settings; none comes from the library's tables."""

    def __init__(self, request: HttpRequest, configured: IdentityProvider) -> None:
        app = SocialApp(
            provider=self.id,
            provider_id=configured.id,
            name=configured.name,
            client_id=configured.client_id,
            secret=configured.client_secret,
            settings={
                "server_url": configured.issuer.rstrip("/") + _WELL_KNOWN,
                "oauth_pkce_enabled": True,
                "scope": ["openid", "email"],
            },
        )
        super().__init__(request, app=app)
        self.configured = configured
        self.client = Client(request, self)

    def get_oauth2_adapter(self, request: HttpRequest) -> Client:
        return self.client
