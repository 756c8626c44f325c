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
    403: "The role is too low, or the request came in clear where TLS is asked for.",
    404: "No such thing in this organization.",
    409: "Another request on the same thing is at work; send it again later.",
    412: "It was changed since the version that If-Match names; read it again.",
    413: "The body is over a limit.",
    415: "The body is of no format that is read here.",
    422: "The Idempotency-Key belongs to a request with another content.",
    429: "Too many requests or attempts; Retry-After says when to come back.",
    503: "The database is away for the moment; Retry-After says when to come back.",
}
# Any operation may answer so, whatever it does, and any that takes a body.
_EVERYWHERE = (400, 401, 403, 429, 503)
_WITH_BODY = (413, 415)
_RETRY_AFTER = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}


def errors(*statuses: int) -> dict[int, Any]:
    """The error answers of an operation, beside those that any may give."""
    return {status: OpenApiResponse(ErrorOut, description=_MEANINGS[status]) for status in statuses}


def add_common_answers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe, in every operation of the document, what any of them may answer."""
    for operations in result["paths"].values():
        for operation in operations.values():
            _describe(operation)
    return result


def _describe(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    statuses = _EVERYWHERE + (_WITH_BODY if "requestBody" in operation else ())
    for status in statuses:
        answers.setdefault(str(status), _error_answer(status))
    for status in (429, 503):
        answers[str(status)]["headers"] = {"Retry-After": _RETRY_AFTER}
    operation["responses"] = dict(sorted(answers.items()))


def _error_answer(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ErrorOut"}
    return {"content": {"application/json": {"schema": schema}}, "description": _MEANINGS[status]}
