"""Finding a digest in a sorted list of tens of gigabytes, by a few dozen reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgs.domain.breached_passwords import BreachedPasswords, NotAListError

HEX = "0123456789ABCDEF"
FIRST, LAST = "0" * 40, "F" * 40
ENDS = st.sampled_from(["\n", "\r\n"])
COUNTS = st.integers(0, 10**12)
# Neighbours among them, which differ in their last digits alone.
DIGESTS = st.one_of(
    st.text(HEX, min_size=40, max_size=40),
    st.integers(0, 40).map("{:040X}".format),
    st.sampled_from([FIRST, LAST]),
)


def of(content):
    """The list that a file of these bytes is."""
    return BreachedPasswords(lambda offset, count: content[offset : offset + count], len(content))


def written(counted, end="\n", *, is_ended=True):
    text = end.join(f"{digest}:{count}" for digest, count in sorted(counted.items()))
    return (text + (end if is_ended and counted else "")).encode()


@given(st.dictionaries(DIGESTS, COUNTS, max_size=60), st.sets(DIGESTS), ENDS, st.booleans())
def test_of_any_list_exactly_what_stands_in_it_is_found(counted, others, end, is_ended):
    listed = of(written(counted, end, is_ended=is_ended))

    found = {digest for digest in {*counted, *others, FIRST, LAST} if digest in listed}

    assert found == set(counted)


@given(st.dictionaries(DIGESTS, COUNTS, min_size=1, max_size=60), ENDS, st.booleans())
def test_any_list_of_the_form_is_well(counted, end, is_ended):
    of(written(counted, end, is_ended=is_ended)).examine(500)


@pytest.mark.parametrize("is_ended", [True, False], ids=["ended", "not_ended"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_first_and_the_last_line_are_found(count, end, is_ended):
    digests = [f"{number:040X}" for number in range(1, count + 1)]
    listed = of(written(dict.fromkeys(digests, 7), end, is_ended=is_ended))

    assert [digest for digest in digests if digest not in listed] == []
    assert [digest for digest in (FIRST, f"{count + 1:040X}", LAST) if digest in listed] == []


def test_in_an_empty_list_nothing_is_found():
    assert FIRST not in of(b"")


def test_a_billion_passwords_are_searched_by_a_few_dozen_short_reads():
    width, count = 43, 10**9
    reads = []

    def read(offset, size):
        reads.append(size)
        first = offset // width
        lines = b"".join(b"%040X:1\n" % (2 * number) for number in range(first, first + 5))
        return lines[offset % width :][: min(size, width * count - offset)]

    listed = BreachedPasswords(read, width * count)

    assert f"{2 * 123_456_789:040X}" in listed
    assert f"{2 * 123_456_789 + 1:040X}" not in listed
    assert len(reads) <= 2 * 36
    assert max(reads) <= 128


GOOD = f"{FIRST}:1\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (f"{LAST}:1\n{FIRST}:1\n", "is not sorted by its digests"),
        ("\n", "has a line"),
        (GOOD + "\n", "has a line"),
        (f"\N{BYTE ORDER MARK}{GOOD}", "has a line"),
        (f"{'a' * 40}:1\n", "has a line"),
        (f"{'A' * 32}:1\n", "has a line"),
        (f"{'A' * 41}:1\n", "has a line"),
        (f"{LAST}\n", "has a line"),
        (f"{LAST}:\n", "has a line"),
        (f"{LAST}:1 \n", "has a line"),
        ("0" * 1000, "has a line"),
        (f"{FIRST}:1" * 20, "has a line"),
        (f"{FIRST}:{'1' * 100}\n", "has a line"),
    ],
    ids=lambda value: None if len(value) > 30 else repr(value),
)
def test_what_is_no_such_list_is_said(content, said):
    with pytest.raises(NotAListError, match=said):
        of(content.encode()).examine(100)


@pytest.mark.parametrize("content", ["no list at all\n" * 9, "0" * 1000, f"{FIRST}:1" * 20])
def test_in_what_is_no_list_nothing_is_said_not_to_be_there(content):
    with pytest.raises(NotAListError):
        assert LAST in of(content.encode())
