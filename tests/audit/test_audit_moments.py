from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.domain.moments import end_of, start_of


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-26", at(2026, 4, 26)),
        ("2026-04-26T12:30", at(2026, 4, 26, 12, 30)),
        ("2026-04-26 12:30:15", at(2026, 4, 26, 12, 30, 15)),
        ("2026-04-26T12:30:00Z", at(2026, 4, 26, 12, 30)),
        ("2026-04-26T12:30:00+02:00", at(2026, 4, 26, 10, 30)),
        ("2026-04-26T12:30:00 02:00", at(2026, 4, 26, 10, 30)),
        ("2026-04-26T12:30:00.125 0200", at(2026, 4, 26, 10, 30, 0, 125000)),
        ("2026-04-26T12:30:00-05:00", at(2026, 4, 26, 17, 30)),
        ("20260426T123000 0200", at(2026, 4, 26, 10, 30)),
    ],
)
def test_iso_8601_is_read_and_is_utc_where_it_does_not_say(text, moment):
    assert start_of(text) == moment


def test_the_end_of_a_date_is_the_end_of_that_day():
    assert end_of("2026-04-26") == at(2026, 4, 27)


def test_the_end_of_a_moment_includes_it():
    assert end_of("2026-04-26T12:00:00Z") == at(2026, 4, 26, 12) + timedelta.resolution


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "٢٠٢٦-٠٤-٢٦",
        "",
        "2026-04-26T12:00:00+99:00",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any of the parser's own sentences
        start_of(text)


def test_the_end_of_time_has_no_day_after():
    with pytest.raises(ValueError, match="9999"):
        end_of("9999-12-31")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text):
    for read in (start_of, end_of):
        with suppress(ValueError):
            assert read(text).tzinfo is UTC
