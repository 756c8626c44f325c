"""A small OpenID Connect provider on 127.0.0.1 that says what the standard or a test wants."""

import base64
import hashlib
import json
import secrets
import time
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "codestax", "the secret of this client"


@cache
def key_of(name):
    """A signing key, made once: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(name):
    return jwt.algorithms.RSAAlgorithm.to_jwk(key_of(name).public_key(), as_dict=True) | {
        "kid": name,
        "use": "sig",
        "alg": "RS256",
    }


class IdentityProvider:
    """Signs in `person`, its claims. Tests change what it says next.

    `claims` are added to the next ID token (None takes one away), `sign` makes a token of claims,
    and `answers` replaces what a path answers: (status, body), or a function of the request.
    """

    def __init__(self):
        self.person = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True}
        self.claims, self.discovery, self.answers = {}, {}, {}
        self.keys = [published("first")]
        self.sign = signed_by("first")
        self.in_id_token = True
        self.asked, self.released = [], Event()
        self.authorized = {}  # what the last browser was sent with
        self._codes = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self._server.daemon_threads = False
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self):
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def issuer(self):
        return f"http://{self.host}"

    def browse(self, address):
        """A browser's visit: where the provider sends it back to, as (path, query)."""
        there = urlsplit(address)
        connection = HTTPConnection(self.host)
        try:
            connection.request("GET", f"{there.path}?{there.query}")
            answer = connection.getresponse()
            assert answer.status == 302, answer.read()
            back = urlsplit(answer.headers["Location"])
        finally:
            connection.close()
        return back.path, dict(parse_qsl(back.query))

    # What is served.

    def configuration(self, _):
        return 200, {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | self.discovery

    def authorize(self, asked):
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert set(asked["scope"].split()) == {"openid", "email"}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = self.authorized = asked
        return 302, f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked):
        begun = self._codes.pop(asked["code"], None)
        proof = hashlib.sha256(asked["code_verifier"].encode()).digest()
        if (
            begun is None
            or begun["redirect_uri"] != asked["redirect_uri"]
            or begun["code_challenge"] != base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
            or (asked["client_id"], asked["client_secret"]) != (CLIENT_ID, CLIENT_SECRET)
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **({"auth_time": now} if "max_age" in begun else {}),
            **(self.person if self.in_id_token else {"sub": self.person["sub"]}),
            **self.claims,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(said)}

    def jwks(self, _):
        return 200, {"keys": self.keys}

    def userinfo(self, _):
        return 200, self.person

    def hang(self, _):
        self.released.wait()
        return 200, {}


def signed_by(name, *, algorithm="RS256", key=None, kid="first"):
    def sign(claims):
        return jwt.encode(claims, key or key_of(name), algorithm=algorithm, headers={"kid": kid})

    return sign


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer(urlsplit(self.path).query)

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, sent):
        provider, path = self.server.provider, urlsplit(self.path).path
        provider.asked.append(path)
        name = "configuration" if path.endswith("/openid-configuration") else path[1:]
        found = provider.answers.get(name) or getattr(provider, name)
        asked = {key: values[0] for key, values in parse_qs(sent).items()}
        status, body = found(asked) if callable(found) else found
        is_address = status in (301, 302)
        content = (
            b"" if is_address else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        self.send_response(status)
        if is_address:
            self.send_header("Location", body)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass
