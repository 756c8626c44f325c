"""Access and refresh tokens: signed and checked here, and nowhere else.

The library's own views and its blacklist are not used: there eight refreshes of one token at once
all succeed, and a token outlives a change of password. The `SignIn` row is the list of what is
good; a token only names it.
"""

from dataclasses import dataclass, field
from uuid import uuid4

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from orgs.models import SignIn, User

_MAX_CHARS = 4096


@dataclass(frozen=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True)
class Claims:
    """What a good token says: whose it is, of which sign-in, under which password."""

    user_id: int
    sign_in_id: int
    token_version: int
    jti: str

    def hold_for(self, user: User) -> bool:
        """Whether the token is still this active user's, made under the password of today."""
        return (
            user.is_active and user.pk == self.user_id and user.token_version == self.token_version
        )


def new_jti() -> str:
    return uuid4().hex


def issue(sign_in: SignIn) -> TokenPair:
    """Sign the tokens of a sign-in's present state. Reads `sign_in.user`."""
    refresh = RefreshToken()
    refresh["jti"] = sign_in.refresh_jti
    return TokenPair(access=_signed(AccessToken(), sign_in), refresh=_signed(refresh, sign_in))


def read_access(text: str) -> Claims | None:
    return _read(AccessToken, text)


def read_refresh(text: str) -> Claims | None:
    return _read(RefreshToken, text)


def _signed(token: Token, sign_in: SignIn) -> str:
    token["user_id"] = sign_in.user.pk
    token["sid"] = sign_in.pk
    token["tv"] = sign_in.user.token_version
    return str(token)


def _read(kind: type[Token], text: str) -> Claims | None:
    """The claims of a token of this kind that we signed and that has not expired, else None."""
    # The decoder fails in other ways than its own on text that no token can hold.
    if not text.isascii() or len(text) > _MAX_CHARS:
        return None
    try:
        token = kind(text)  # type: ignore[arg-type]  # the library's annotation names the result
    except TokenError:
        return None
    return Claims(token["user_id"], token["sid"], token["tv"], token["jti"])
