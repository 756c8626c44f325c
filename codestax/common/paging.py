"""Keyset paging: `{next, previous, results}`, newest first, one query for a page.

A page starts after an id, not at a count, so that rows added meanwhile neither repeat nor hide a
row, and the last page costs as little as the first.
"""

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, default {DEFAULT_LIMIT}."),
    OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
]

Serialize = Callable[[Any], Any] | type[serializers.BaseSerializer[Any]]


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: the rows older than `row_id`, or the rows newer than it."""

    older: bool
    row_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor out of a URL; ValidationError where we did not write it."""
        try:
            plain = b64decode(text, altchars=b"-_", validate=True).decode()
        except ValueError:
            plain = ""
        match = re.fullmatch(r"([on])([0-9]{1,18})", plain, re.ASCII)
        if match is None:
            raise ValidationError({"cursor": ["This cursor is not one of ours."]})
        return cls(match[1] == "o", int(match[2]))

    def __str__(self) -> str:
        return urlsafe_b64encode(f"{'o' if self.older else 'n'}{self.row_id}".encode()).decode()


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: Cursor | None
    previous: Cursor | None


def paged(request: Request, queryset: QuerySet[Any], serialize: Serialize) -> Response:
    """Answer one page of `queryset`, by `?limit=` and `?cursor=`, ordered by -id.

    `serialize` is a serializer class or a function of one row. Filters stay in the links.
    """
    text = request.query_params.get("cursor")
    page = page_of(queryset, Cursor.parse(text) if text else None, _limit(request))
    return Response(
        {
            "next": _link(request, page.next),
            "previous": _link(request, page.previous),
            "results": _serialized(page.rows, serialize),
        }
    )


@cache  # one class for each kind of row: OpenAPI knows components by their names
def page_schema(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The documented shape of a page of `row`."""
    return inline_serializer(
        f"{row.__name__.removesuffix('Out')}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )


def page_of(queryset: QuerySet[Any], cursor: Cursor | None, limit: int) -> Page:
    """One page, and the cursors of its neighbours; None where there are no more rows."""
    if cursor is None or cursor.older:
        return _older_page(queryset, cursor, limit)
    rows, more = _fetch(queryset.filter(pk__gt=cursor.row_id).order_by("pk"), limit)
    rows.reverse()
    return Page(
        rows,
        next=Cursor(True, rows[-1].pk if rows else cursor.row_id + 1),
        previous=Cursor(False, rows[0].pk) if more else None,
    )


def _older_page(queryset: QuerySet[Any], cursor: Cursor | None, limit: int) -> Page:
    if cursor is not None:
        queryset = queryset.filter(pk__lt=cursor.row_id)
    rows, more = _fetch(queryset.order_by("-pk"), limit)
    previous = cursor and Cursor(False, rows[0].pk if rows else max(cursor.row_id - 1, 0))
    return Page(rows, next=Cursor(True, rows[-1].pk) if more else None, previous=previous)


def _fetch(queryset: QuerySet[Any], limit: int) -> tuple[list[Any], bool]:
    """The first rows, and whether there are more: one row too many tells without a count."""
    rows = list(queryset[: limit + 1])
    return rows[:limit], len(rows) > limit


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise ValidationError({"limit": [f"Must be a whole number from 1 to {MAX_LIMIT}."]})


def _link(request: Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _serialized(rows: Sequence[Any], serialize: Serialize) -> list[Any]:
    if isinstance(serialize, type):
        return list(serialize(rows, many=True).data)
    return [serialize(row) for row in rows]
