"""The bounds of a span of time, as people and programs write them in a query."""

import re
from datetime import UTC, date, datetime, time, timedelta

# A "+" that a client did not encode arrives as a space: "…T10:00:00 02:00".
_LOST_PLUS = re.compile(r"(.*[T:].*) (\d\d:?\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def start_of(text: str) -> datetime:
    """The first moment of an ISO 8601 date or datetime; ValueError for anything else.

    Without an offset it is UTC.
    """
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    lost = _LOST_PLUS.fullmatch(text)
    moment = datetime.fromisoformat("+".join(lost.groups()) if lost else text)
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def end_of(text: str) -> datetime:
    """The first moment after it: a date includes that whole day, a datetime its own moment."""
    span = timedelta(days=1) if _DATE.fullmatch(text) else timedelta.resolution
    try:
        return start_of(text) + span
    except OverflowError as error:
        raise ValueError(text) from error
