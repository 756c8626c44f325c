import hashlib
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer
from rest_framework.views import APIView

from orgs.api.serializers import LeakIn, LeakOut
from orgs.services import leaks
from orgs.services.leaks import Leak

_MOST = 1000
KEY_ID, SIGNATURE = "Github-Public-Key-Identifier", "Github-Public-Key-Signature"


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, True, description)


class LeakReport(APIView):
    """What a secret scanner sends who has found our keys; its signature is the credential.

    The form is that of GitHub's secret scanning partner program.
    """

    authentication_classes = []
    permission_classes = [AllowAny]

    def get_authenticate_header(self, request: Request) -> str:
        return 'Signature realm="codestax"'

    @extend_schema(
        operation_id="report_leaked_keys",
        summary="Report API keys that were found in public",
        description="They are ended at once; their organizations find it in the audit log.",
        parameters=[
            _header(KEY_ID, "Which of the scanner's keys has signed."),
            _header(SIGNATURE, "ECDSA (P-256, SHA-256) of the body as sent: DER in base64."),
        ],
        request=LeakIn(many=True),
        responses={200: LeakOut(many=True)},
    )
    def post(self, request: Request) -> Response:
        # First of all: a stranger hears nothing of what is wrong with the body.
        key = leaks.scanner_key(request.headers.get(KEY_ID, ""))
        reported: Any = ListSerializer(child=LeakIn(), max_length=_MOST, data=request.data)
        signature = request.headers.get(SIGNATURE, "")
        leaks.check_signature(key, body=request.body, signature=signature)
        reported.is_valid(raise_exception=True)
        found: list[dict[str, Any]] = reported.validated_data
        are_ours = leaks.end_leaked(Leak(one["token"], one["url"], one["source"]) for one in found)
        return Response([_label(*pair) for pair in zip(found, are_ours, strict=True)])


def _label(one: dict[str, Any], is_ours: bool) -> dict[str, Any]:
    return {
        "token_hash": hashlib.sha256(one["token"].encode()).hexdigest(),
        "token_type": one["type"],
        "label": "true_positive" if is_ours else "false_positive",
    }
