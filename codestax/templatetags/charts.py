"""Charts as inline SVG: each has a title and a description, and the page shows its numbers too."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string

from codestax.common import charts

register = template.Library()


@register.inclusion_tag("partials/charts/bar.html")
def stacked_bar(counts: Mapping[str, int], title: str, words: str) -> dict[str, Any]:
    """A bar of kinds and their counts; `words` says them."""
    return {"segments": charts.segments(counts), "title": title, "words": words}


@register.inclusion_tag("partials/charts/meter.html")
def meter(percent: int, title: str) -> dict[str, Any]:
    return {"percent": percent, "width": charts.share(percent), "title": title}


@register.simple_tag
def sparkline(scores: Sequence[int], name: str) -> str:
    """The scores of a repository's newest scans, oldest first."""
    return _sparkline(tuple(scores), name)


@lru_cache(maxsize=1024)  # a table has one in every line, mostly the same as a moment ago
def _sparkline(scores: tuple[int, ...], name: str) -> str:
    context = {
        "line": charts.spark_line(scores),
        "name": name,
        "count": len(scores),
        "words": ", ".join(map(str, scores)),
    }
    return render_to_string("partials/charts/sparkline.html", context)


@register.inclusion_tag("partials/charts/trend.html")
def trend(chart: Any) -> dict[str, Any]:
    """A chart of compliance.pages.trends."""
    return {"chart": chart}
