"""The OpenAPI document's common parts."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class Schema(AutoSchema):
    """Tags an operation with the first part of its path below /api."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/").split("/")[0]]


class FieldErrorOut(serializers.Serializer[Any]):
    field = serializers.CharField()
    message = serializers.CharField()


class ErrorOut(serializers.Serializer[Any]):
    """`detail` is one sentence; `errors` stands beside it when fields are to blame."""

    detail = serializers.CharField()
    errors = FieldErrorOut(many=True, required=False)  # type: ignore[assignment] # a field's name


class MessageOut(serializers.Serializer[Any]):
    message = serializers.CharField()


_MEANINGS = {
    400: "The request is not valid; the sentence says what to do.",
    401: "No credentials, or bad ones.",
    403: "The role is too low.",
    404: "No such thing in this organization.",
    409: "Another request on the same thing is at work; send it again later.",
    413: "The report is over a limit.",
    415: "The body is of no format that is read here.",
    422: "The Idempotency-Key belongs to a request with another content.",
    429: "Too many requests or attempts; Retry-After says when to come back.",
}


def errors(*statuses: int) -> dict[int, Any]:
    """The error answers of an operation; 401 and 429 are every operation's."""
    return {
        status: OpenApiResponse(ErrorOut, description=_MEANINGS[status])
        for status in (*statuses, 401, 429)
    }
