"""Moments on pages: words or a date for people, the exact UTC beside it."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.utils import timezone as clock
from hypothesis import given
from hypothesis import strategies as st

from codestax.templatetags.dates import ago, day, in_words, moment

HALF_PAST_MIDNIGHT = datetime(2026, 3, 4, 0, 30, 5, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-59, "just now"),
        (59, "in a moment"),
        (-60, "1 minute ago"),
        (-119, "1 minute ago"),
        (-120, "2 minutes ago"),
        (-3600, "1 hour ago"),
        (-86_399, "23 hours ago"),
        (-86_400, "1 day ago"),
        (86_400 * 7, "in 7 days"),
        (86_400 * 30 - 1, "in 30 days"),
        (86_400 * 3 / 2 - 1, "in 1 day"),
        (86_400 - 1, "in 24 hours"),
    ],
)
def test_a_distance_is_said_in_its_largest_whole_unit(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words


@given(st.integers(min_value=1, max_value=29), st.sampled_from(["minutes", "hours", "days"]))
def test_the_same_whole_distance_reads_alike_in_both_directions(count, unit):
    distance = timedelta(**{unit: count})

    assert in_words(-distance).removesuffix(" ago") == in_words(distance).removeprefix("in ")


def test_a_date_and_its_title_are_in_utc_whatever_zone_the_moment_has():
    assert day(HALF_PAST_MIDNIGHT) == (
        '<time datetime="2026-03-03T22:30:05Z" title="2026-03-03 22:30:05 UTC" data-form="day">'
        "3 Mar 2026</time>"
    )


def test_a_moment_has_its_time_of_day():
    assert ">3 Mar 2026, 22:30 UTC</time>" in moment(HALF_PAST_MIDNIGHT)


def test_a_date_without_a_time_stays_as_it_is():
    assert day(date(2026, 3, 4)) == '<time datetime="2026-03-04">4 Mar 2026</time>'


def test_what_is_long_ago_or_far_ahead_is_a_date():
    far = timedelta(days=30, minutes=1)

    assert 'data-form="day"' in ago(clock.now() - far)
    assert 'data-form="day"' in ago(clock.now() + far)


def test_a_few_minutes_ago_are_said_in_words():
    assert ">5 minutes ago</time>" in ago(clock.now() - timedelta(minutes=5))


@pytest.mark.parametrize("write", [ago, day, moment], ids=lambda write: write.__name__)
def test_no_moment_is_no_text(write):
    assert write(None) == ""


def test_the_first_moment_there_is_has_a_date():
    assert ">1 Jan 1</time>" in day(datetime.min.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-60, "1 minute ago"),
        (-1, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "in 1 minute"),
    ],
)
def test_a_minute_is_one_moment_to_be_seen_from(seconds, words):
    minute = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)

    assert f">{words}<" in ago(minute + timedelta(seconds=seconds), minute)
