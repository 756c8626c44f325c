"""JSON in: bounded, and what no client means to send is refused rather than guessed at."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLargeError(APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of up to DATA_UPLOAD_MAX_MEMORY_SIZE bytes, each name once in an object.

    NaN, numbers without end and bottomless nesting are 400 like any text that is no JSON.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLargeError
        if isinstance(stream, HttpRequest):
            # Where Django keeps a body: the request may have to be answered once more (repeats).
            stream._body = body
        try:
            return json.loads(
                body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique
            )
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not valid JSON.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError("The body is not valid JSON: a name stands twice in one object.")
    return found
