"""Rows as PostgreSQL's COPY reads them back."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from scans.domain.copy_text import copy_text

texts = st.text(
    alphabet=st.one_of(
        st.sampled_from("\\\t\n\r\x0b\x1f\x7f\u2028.N{}\"'"),
        st.characters(exclude_characters="\x00", exclude_categories=["Cs"]),
    ),
    max_size=30,
)
rows = st.lists(
    st.tuples(
        st.binary(min_size=16, max_size=16),
        st.just("secrets"),
        st.sampled_from(["low", "high"]),
        texts,
        texts,
        st.none() | st.integers(1, 2**31 - 1),
        texts,
        st.lists(st.integers(0, 2**15 - 1), max_size=3).map(tuple),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda row: row[0],
)

_TABLE = """CREATE TEMPORARY TABLE copied (
    fingerprint bytea, check_type text, severity text, rule_id text, path text, line integer,
    message text, cwes smallint[], is_suppressed boolean
) ON COMMIT DROP"""


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(rows)
def test_rows_come_back_as_they_were(rows):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(_TABLE)
        with cursor.copy("COPY copied FROM STDIN") as copy:
            for piece in copy_text(rows).pieces:
                copy.write(piece)
        cursor.execute("SELECT * FROM copied")
        stored = [(bytes(row[0]), *row[1:7], tuple(row[7]), row[8]) for row in cursor.fetchall()]

    assert stored == sorted(rows)


def test_suppressed_rows_are_counted():
    row = (b"a" * 16, "secrets", "low", "R", "p", 1, "m", ())

    text = copy_text([(*row, True), (b"b" * 16, *row[1:], False)])

    assert (text.rows, text.suppressed, text.fingerprints) == (2, 1, ())
