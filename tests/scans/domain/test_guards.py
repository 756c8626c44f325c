"""What a report must pass before a decoder sees it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestax.common.errors import ReportTooLargeError
from scans.domain.findings import ReportLimits
from scans.domain.guards import check_size, check_structure

TEXTS = st.text(alphabet='[]{}",\\ax', max_size=6)
DOCUMENTS = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=40,
)


def depth(document):
    """How many arrays and objects lie in each other, counted one by one."""
    if isinstance(document, dict):
        document = list(document.values())
    if not isinstance(document, list):
        return 0
    return 1 + max(map(depth, document), default=0)


def values(document):
    """Every array and object, and what else they hold but for the first of each."""
    if isinstance(document, dict):
        document = list(document.values())
    if not isinstance(document, list):
        return 0
    return max(1, len(document)) + sum(map(values, document))


def is_refused(payload, **limits):
    try:
        check_structure(payload, ReportLimits(**limits))
    except ReportTooLargeError:
        return True
    return False


def test_bytes_are_limited():
    check_size(b"x" * 10, ReportLimits(unpacked_bytes=10))

    with pytest.raises(ReportTooLargeError, match="larger than 10 bytes; upload it in parts"):
        check_size(b"x" * 11, ReportLimits(unpacked_bytes=10))


@given(DOCUMENTS)
def test_depth_is_counted_as_json_nests_whatever_strings_hold(document):
    payload = json.dumps(document).encode()

    assert is_refused(payload, depth=depth(document) - 1)
    assert not is_refused(payload, depth=depth(document))


@given(DOCUMENTS, st.integers(0, 30))
def test_depth_beyond_the_usual_is_counted_as_well(document, levels):
    payload = b'[1,{"a":' * levels + json.dumps(document).encode() + b"}]" * levels

    assert is_refused(payload, depth=depth(document) + 2 * levels - 1)
    assert not is_refused(payload, depth=depth(document) + 2 * levels)


@given(DOCUMENTS)
def test_values_are_counted_whatever_strings_hold(document):
    # White space, of which the number of values allowed does not depend here.
    payload = json.dumps(document, separators=(",", ":")).encode()
    most = len(payload) // 8

    assert not is_refused(payload, values=values(document))
    assert is_refused(payload, values=0) == (values(document) > most)


def test_a_large_report_may_hold_more_values_than_a_small_one():
    dense, sparse = b"[" + b"1," * 99 + b"1]", b"[" + b"1234567, " * 99 + b"1]"

    assert is_refused(dense, values=10)
    assert not is_refused(sparse, values=10)


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("unit", [rb"\"", rb"\\", rb"\\\"", b'","', b"]", b"["])
def test_text_of_many_pieces_is_read_as_one(unit, start):
    text = b"x" * start + unit * (200_000 // len(unit))
    payload = b'["' + text + b'",[[[]]]]'

    assert is_refused(payload, depth=3)
    assert not is_refused(payload, depth=4)
