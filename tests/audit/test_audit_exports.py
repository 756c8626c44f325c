"""Lines of the exported log: nothing that a spreadsheet would run, nothing that is lost."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.exports import EXPORTED_FIELDS, csv_entry, csv_header, csv_line

AT = datetime(2026, 4, 26, 12, 0, 0, 5, tzinfo=UTC)
ENTRY = (7, AT, "SIGN_IN", "ada@example.com", None, '=cmd|"/c calc"!A1', {"changes": []})


def cells_of(line):
    (cells,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return cells


def test_the_header_names_the_fields_after_the_mark_that_excel_needs():
    assert csv_header() == "\ufeff" + csv_line(EXPORTED_FIELDS)


def test_a_csv_line_holds_the_entry_with_its_metadata_as_json():
    assert cells_of(csv_entry(ENTRY)) == [
        "7",
        "2026-04-26T12:00:00.000005Z",
        "SIGN_IN",
        "ada@example.com",
        "",
        '\'=cmd|"/c calc"!A1',
        '{"changes": []}',
    ]


@pytest.mark.parametrize(
    "start",
    ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "   @"],
    ids=ascii,
)
def test_s21_what_would_be_a_formula_is_text(start):
    assert cells_of(csv_line([f"{start}1+1"])) == [f"'{start}1+1"]


@pytest.mark.parametrize("cell", ['a,"=1+1', 'a";=1+1', "a\r\n=1+1", "a\t=1+1"], ids=ascii)
def test_s21_a_quote_a_comma_or_a_line_end_opens_no_other_cell(cell):
    assert cells_of(csv_line([cell, "next"])) == [cell, "next"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_s21_every_text_is_one_cell_that_starts_no_formula(texts):
    cells = cells_of(csv_line(texts))

    assert [cell.removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in cells)
