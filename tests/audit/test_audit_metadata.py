import json
import math
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.domain import metadata as rules
from audit.domain.actions import action_of
from audit.domain.metadata import clean_text, entry_metadata, json_safe, one_line


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**53 - 1, 2**53 - 1),
        (-(2**53), "-9007199254740992"),
        (0.5, "0.5"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        ("text", "text"),
        (Colour.RED, "red"),
        (date(2026, 4, 26), "2026-04-26"),
        (datetime(2026, 4, 26, 12, tzinfo=UTC), "2026-04-26T12:00:00+00:00"),
        (b"secret", "6 bytes"),
        (memoryview(b"secret"), "6 bytes"),
        (("a", {"b": {3}}), ["a", {"b": [3]}]),
        ({1: "x"}, {"1": "x"}),
        (object, "<class 'object'>"),
    ],
)
def test_every_value_has_a_form_in_json(value, stored):
    assert json_safe(value) == stored


def test_what_postgresql_refuses_is_left_out_of_texts_and_keys():
    assert json_safe({"a\0": "b\0c\udfff"}) == {"a": "bc?"}


def test_a_long_text_is_cut_and_says_so():
    assert clean_text("x" * 11, 10) == "x" * 9 + "…"
    assert clean_text("x" * 10, 10) == "x" * 10


def test_s29_a_strangers_text_stays_on_one_line():
    assert one_line("a\r\nb\x1b[0m", 100) == "a\ufffd\ufffdb\ufffd[0m"


def test_a_long_list_and_a_long_mapping_say_how_much_they_leave_out():
    numbers = range(rules.ITEMS + 3)

    cut_list = json_safe(list(numbers))
    cut_mapping = json_safe({str(number): number for number in numbers})

    assert cut_list[-1] == "… 3 more"
    assert cut_mapping["…"] == "3 more"
    assert len(cut_list) == len(cut_mapping) == rules.ITEMS + 1


def change(size=1, **fields):
    full = {"model": "scans.repository", "id": 1, "label": "r", "verb": "updated"}
    return full | {"before": {}, "after": {"name": ["x" * 1000] * size}} | fields


def test_what_is_too_big_loses_detail_before_it_loses_the_description():
    document = entry_metadata({"reason": "import"}, [change(size=400)])

    assert document == {
        "reason": "import",
        "changes": [{"model": "scans.repository", "id": 1, "label": "r", "verb": "updated"}],
        "truncated": True,
    }


def test_a_description_that_is_too_big_is_dropped_at_last():
    document = entry_metadata({"lists": [["x" * 1000] * 400]}, [change()])

    assert document.keys() == {"changes", "truncated"}


def test_of_very_many_changes_the_first_are_listed():
    document = entry_metadata({}, [change()] * (rules.CHANGES + 5))

    assert len(document["changes"]) == rules.CHANGES or document["truncated"]
    assert document["changes_left_out"] == 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON), st.lists(st.builds(lambda v: change(after=v), JSON)))
def test_any_description_becomes_json_that_fits(described, changes):
    document = entry_metadata(described, changes)

    text = json.dumps(document, allow_nan=False)
    assert "\\u0000" not in text
    assert len(json.dumps(document, ensure_ascii=False).encode()) <= rules.DOCUMENT_BYTES
    assert len(document["changes"]) == len(changes)


@pytest.mark.parametrize(
    ("model", "verb", "after", "code"),
    [
        ("scans.repository", "updated", {}, "REPOSITORY_UPDATED"),
        ("scans.scan", "deleted", {}, "SCAN_DELETED"),
        ("orgs.user", "created", {}, "USER_CREATED"),
        ("orgs.organization", "created", {"plan": "free"}, "ORGANIZATION_CREATED"),
        ("orgs.organization", "updated", {"plan": "team"}, "PLAN_CHANGED"),
        ("orgs.apikey", "updated", {"revoked_at": None}, "API_KEY_UPDATED"),
        ("orgs.membership", "deleted", {}, "MEMBER_REMOVED"),
        ("compliance.customframework", "updated", {}, "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"),
    ],
)
def test_a_change_that_no_act_names_has_a_code_of_its_kind(model, verb, after, code):
    assert action_of({"model": model, "verb": verb, "after": after}) == code
