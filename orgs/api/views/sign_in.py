from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from codestax.common.schema import MessageOut, errors
from orgs.api.authentication import CHALLENGE
from orgs.api.serializers import RefreshIn, SignInIn, TokenPairOut
from orgs.api.views.answers import secret, valid
from orgs.services import sign_in
from orgs.services.guessing import TooManyAttemptsError


class SignInView(APIView):
    """What all views of sign-in share: the body is the credential."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def get_authenticate_header(self, request: Request) -> str:
        return CHALLENGE

    def handle_exception(self, exc: Exception) -> Response:
        """Add the header that this error needs: Retry-After."""
        if isinstance(exc, TooManyAttemptsError):
            exc = _throttled(exc)
        return super().handle_exception(exc)


class TokenCreation(SignInView):
    @extend_schema(
        operation_id="auth_token",
        summary="Sign in",
        request=SignInIn,
        responses={200: TokenPairOut} | errors(400, 429),
    )
    def post(self, request: Request) -> Response:
        return secret(asdict(sign_in.sign_in(**valid(SignInIn, request))))


class TokenRefresh(SignInView):
    @extend_schema(
        operation_id="auth_token_refresh",
        summary="Exchange a refresh token for new tokens",
        description="A refresh token is good once: a second use ends the whole sign-in.",
        request=RefreshIn,
        responses={200: TokenPairOut} | errors(400),
    )
    def post(self, request: Request) -> Response:
        return secret(asdict(sign_in.refresh(token=_refresh_token(request))))


class TokenRevocation(SignInView):
    @extend_schema(
        operation_id="auth_token_revoke",
        summary="Sign out",
        request=RefreshIn,
        responses={200: MessageOut} | errors(400),
    )
    def post(self, request: Request) -> Response:
        sign_in.sign_out(token=_refresh_token(request))
        return Response({"message": "Signed out"})


def _refresh_token(request: Request) -> str:
    token: str = valid(RefreshIn, request)["refresh"]
    return token


def _throttled(exc: TooManyAttemptsError) -> Throttled:
    throttled: Any = Throttled(wait=exc.wait)
    throttled.detail = exc.message  # DRF adds the seconds to the sentence; they are in the header
    answer: Throttled = throttled
    return answer
