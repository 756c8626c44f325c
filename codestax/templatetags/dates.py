"""Moments as readers want them: `<time>` with words or a date, the exact UTC on hover."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Older than this, "days ago" says less than the date.
_WORDS_UNTIL = timedelta(days=30)


@register.filter
def ago(value: datetime | None, minute: datetime | None = None) -> Any:
    """How long ago or ahead, in words; the date beyond 30 days; "" for None.

    Seen from now, or from a minute: the same words for as long as it lasts.
    """
    if value is None:
        return ""
    distance = value - (minute or timezone.now())
    if minute and timedelta() < distance < _MINUTE:
        distance = timedelta()
    if abs(distance) >= _WORDS_UNTIL:
        return day(value)
    return _time(value, in_words(distance), "words")


@register.filter
def day(value: datetime | date | None) -> Any:
    """The date, such as "3 Mar 2026"; "" for None. A moment's date is the reader's own."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), _date(value))
    return _time(value, _date(_utc(value)), "day")


@register.filter
def moment(value: datetime | None) -> Any:
    """The date and the time of day, such as "3 Mar 2026, 14:05 UTC"; "" for None."""
    if value is None:
        return ""
    return _time(value, f"{_date(_utc(value))}, {_utc(value):%H:%M} UTC", "moment")


def in_words(distance: timedelta) -> str:
    """A distance from now in its largest whole unit: "5 minutes ago", "in 2 days".

    What is past is rounded down, what is to come to the nearest: a key that was made for 30 days a
    moment ago ends in 30 days, not in 29.
    """
    size = abs(distance)
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if size >= unit:
            count = size // unit if distance < timedelta() else round(size / unit)
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{words} ago" if distance < timedelta() else f"in {words}"
    return "just now" if distance <= timedelta() else "in a moment"


@lru_cache(maxsize=4096)  # a table says the same of a moment for hours
def _time(value: datetime, text: str, form: str) -> Any:
    """`data-form` tells the page's script what to write in the reader's own time zone."""
    utc = _utc(value)
    return format_html(
        '<time datetime="{}" title="{}" data-form="{}">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%S}Z",
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        form,
        text,
    )


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _date(value: date) -> str:
    return f"{value.day} {value:%b} {value.year}"
