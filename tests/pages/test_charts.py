"""The geometry of charts, and that each can be read without seeing it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from codestax.common.charts import (
    HEIGHT,
    WIDTH,
    Line,
    Point,
    place,
    segments,
    share,
    spark_line,
    trend_line,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=100)
KINDS = ("pass", "partial", "fail", "missing")

scores = st.integers(0, 100)
counts = st.lists(st.integers(0, 5_000), min_size=4, max_size=4).map(
    lambda numbers: dict(zip(KINDS, numbers, strict=True))
)
moments = st.integers(-50, 150).map(lambda days: START + timedelta(days=days))


def render(tag, **context):
    return Template("{% load charts %}" + tag).render(Context(context))


@given(counts)
def test_the_segments_of_a_bar_fill_it_without_gaps(given_counts):
    drawn = segments(given_counts)

    assert [one.x for one in drawn[1:]] == [one.x + one.width for one in drawn[:-1]]
    assert sum(one.width for one in drawn) == (WIDTH if any(given_counts.values()) else 0)


@given(counts)
def test_a_segment_is_as_wide_as_its_share(given_counts):
    total = sum(given_counts.values())

    for one in segments(given_counts):
        assert abs(one.width - WIDTH * given_counts[one.kind] / total) < 1


def test_what_counts_nothing_has_no_segment():
    drawn = segments({"pass": 3, "partial": 0, "fail": 1, "missing": 0})

    assert [(one.kind, one.x, one.width) for one in drawn] == [("pass", 0, 750), ("fail", 750, 250)]


@pytest.mark.parametrize(
    ("percent", "width"), [(-5, 0), (0, 0), (33, 330), (100, 1000), (140, 1000)]
)
def test_a_meter_is_filled_to_its_percentage_and_never_over_its_edge(percent, width):
    assert share(percent) == width


@pytest.mark.parametrize(
    ("given_scores", "line"),
    [
        ([], Line("", "")),
        ([70], Line("M500 30", "M500 30h0")),
        ([0, 100], Line("M0 100 L1000 0", "")),
        ([10, 20, 10], Line("M0 90 L500 80 L1000 90", "")),
    ],
    ids=["none", "one", "two", "three"],
)
def test_a_spark_line_goes_from_edge_to_edge(given_scores, line):
    assert spark_line(given_scores) == line


def test_a_trend_puts_each_point_at_its_time():
    points = [Point(START, 0), Point(START + timedelta(days=25), 50), Point(END, 100)]

    assert trend_line(points, START, END).path == "M0 100 L250 50 L1000 0"


def test_a_trend_of_one_scan_is_a_dot():
    assert trend_line([Point(END, 80)], START, END).dots == "M1000 20h0"


def test_a_trend_of_many_scans_is_a_line_without_dots():
    points = [Point(START + timedelta(days=day), 50) for day in range(41)]

    assert trend_line(points, START, END).dots == ""


@given(st.lists(st.tuples(moments, scores), max_size=60))
def test_a_trend_never_leaves_its_plot(given_points):
    line = trend_line([Point(*one) for one in sorted(given_points)], START, END)

    places = [one[1:].split() for one in line.path.replace(" L", ",L").split(",") if one]
    assert len(places) == len(given_points)
    assert all(0 <= int(x) <= WIDTH and 0 <= int(y) <= HEIGHT for x, y in places)


@given(moments, moments)
def test_what_is_later_never_lies_further_left(one, other):
    earlier, later = sorted((one, other))

    assert place(earlier, START, END) <= place(later, START, END)


def test_a_span_without_length_has_a_place():
    assert place(START, START, START) == 0


def test_a_bar_says_what_it_shows():
    svg = render(
        "{% stacked_bar counts 'SOC 2' words %}",
        counts={"pass": 3, "fail": 1},
        words="3 pass, 1 fail",
    )

    assert 'role="img"' in svg
    assert "<title>SOC 2</title>" in svg
    assert "<desc>3 pass, 1 fail</desc>" in svg
    assert svg.count("<rect") == 2


def test_a_meter_says_its_percentage():
    svg = render("{% meter 74 'Coverage' %}")

    assert "<title>Coverage</title>" in svg
    assert "<desc>74 percent</desc>" in svg
    assert 'width="740"' in svg


def test_a_spark_line_says_its_scores():
    svg = render("{% sparkline scores name %}", scores=[10, 20], name="checkout")

    assert "<title>Scores of checkout</title>" in svg
    assert "<desc>Its last 2 scans, oldest first: 10, 20</desc>" in svg


def test_a_repository_without_a_scan_has_no_spark_line():
    assert render("{% sparkline scores name %}", scores=[], name="new").strip() == ""


def test_a_name_cannot_leave_its_chart():
    svg = render("{% sparkline scores name %}", scores=[10], name="</title><script>")

    assert "<script>" not in svg
