"""Partials that are rendered once for each set of values."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string

register = template.Library()


@register.simple_tag
def kept(template_name: str, **values: Any) -> str:
    """Include a partial with these values only, and keep what came out for the next time.

    Values are immutable, and the partial says the same of the same values whenever it is asked:
    it uses no clock, no request and no database. So nothing that is kept can go stale.
    """
    render = _render.__wrapped__ if settings.DEBUG else _render  # templates change under DEBUG
    return render(template_name, tuple(values.items()))


# Of about a kilobyte each, their values included.
@lru_cache(maxsize=4096)
def _render(template_name: str, values: tuple[tuple[str, Any], ...]) -> str:
    return render_to_string(template_name, dict(values))
