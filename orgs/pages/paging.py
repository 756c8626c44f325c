"""One page of a list, with the links to its neighbours."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ValidationError

from codestax.common.errors import DomainError
from codestax.common.paging import DEFAULT_LIMIT, Cursor, page_of


@dataclass(frozen=True)
class ListPage:
    """`rows`, newest first; the links keep the query's other parameters, None where none leads."""

    rows: list[Any]
    older_url: str | None
    newer_url: str | None


def list_page(
    request: HttpRequest, queryset: QuerySet[Any], limit: int = DEFAULT_LIMIT
) -> ListPage:
    """The page that `?cursor=` names; DomainError where we did not write the cursor."""
    page = page_of(queryset, _cursor(request.GET.get("cursor")), limit)
    return ListPage(page.rows, _link(request, page.next), _link(request, page.previous))


def _cursor(text: str | None) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except ValidationError as error:
        raise DomainError("This page of the list does not exist: start at its first.") from error


def _link(request: HttpRequest, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = str(cursor)
    return f"{request.path}?{query.urlencode()}"
