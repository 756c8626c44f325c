"""Before and after, as a reader sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.differences import FieldChange, field_changes, in_words

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def test_of_a_list_only_the_items_that_differ_are_shown():
    (change,) = field_changes({"keys": ["soc2", "hipaa"]}, {"keys": ["soc2", "owasp"]})

    assert change == FieldChange("keys", ("hipaa",), ("owasp",))


def test_another_order_is_a_change_too():
    (change,) = field_changes({"keys": ["a", "b"]}, {"keys": ["b", "a"]})

    assert change == FieldChange("keys", ("a", "b"), ("b", "a"))


def test_none_and_an_empty_list_are_told_apart():
    (change,) = field_changes({"keys": None}, {"keys": []})

    assert change == FieldChange("keys", ("not set",), ("empty",))


def test_of_an_object_only_the_entries_that_differ_are_shown():
    (change,) = field_changes(
        {"controls": {"A": "no_secrets", "B": "x"}}, {"controls": {"A": "no_secrets"}}
    )

    assert change == FieldChange("controls", ("B: x",), ())


def test_a_new_row_shows_what_it_has_and_leaves_out_what_is_empty():
    after = {"name": "Acme", "description": "", "expires_at": None, "is_staff": False}

    assert field_changes({}, after) == [
        FieldChange("name", (), ("Acme",)),
        FieldChange("is_staff", (), ("no",)),
    ]


def test_a_deleted_row_shows_what_it_had():
    assert field_changes({"name": "Acme"}, {}) == [FieldChange("name", ("Acme",), ())]


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=3), VALUES))
def test_what_is_equal_shows_no_difference(fields):
    assert all(not (one.removed or one.added) for one in field_changes(fields, dict(fields)))


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=3), VALUES), st.dictionaries(st.text(max_size=3), VALUES))
def test_the_way_back_removes_what_the_way_there_added(before, after):
    there = {one.field: (one.removed, one.added) for one in field_changes(before, after)}
    back = {one.field: (one.added, one.removed) for one in field_changes(after, before)}

    assert there == back


@given(VALUES)
def test_every_json_value_has_words(value):
    assert in_words(value)
