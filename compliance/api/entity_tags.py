"""Entity tags (RFC 9110): which version an answer shows, and which one a change is meant for."""

import re
from collections.abc import Collection

from rest_framework.request import Request
from rest_framework.response import Response

from codestax.common.errors import DomainError

# Whole lists only: of a header that is cut or made up, no part is believed.
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")


def tagged(response: Response, version: str) -> Response:
    """Say on the answer which version it shows."""
    response.headers["ETag"] = f'"{version}"'
    return response


def seen_versions(request: Request) -> Collection[str] | None:
    """Return the versions that If-Match names; None where any will do.

    Raises DomainError for a header that is neither `*` nor a list of entity tags. Weak tags name
    no version: they are not compared in If-Match (RFC 9110, 13.1.1).
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        raise DomainError(
            'If-Match must be * or the ETag of an answer, with its quotes, such as "5f0c…".'
        )
    return {tag[1:-1] for tag in re.findall(_TAG, header) if not tag.startswith("W/")}
