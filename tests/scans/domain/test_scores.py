import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans.domain.scores import Vectors

WORST_3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


# The examples of FIRST's specifications and calculators.
@pytest.mark.parametrize(
    ("vector", "score"),
    [
        (WORST_3, 9.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
    ],
    ids=["3.1", "3.0", "4.0", "2"],
)
def test_a_vector_of_each_version_has_its_base_score(vector, score):
    assert Vectors().score(vector) == score


@pytest.mark.parametrize(
    "vector",
    [
        "",
        "high",
        "CVSS:3.1/AV:N",
        "CVSS:4.0/",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
        WORST_3 + "/E:X" * 100,
    ],
    ids=["empty", "word", "cut off", "no metric", "harmless", "too long"],
)
def test_what_rates_nothing_has_no_score(vector):
    assert Vectors().score(vector) is None


def test_vectors_beyond_the_first_5_000_have_no_score_but_known_ones_keep_theirs():
    vectors = Vectors()
    assert vectors.score(WORST_3) == 9.8
    for number in range(5_000):
        vectors.score(f"no vector {number}")
    assert vectors.score(WORST_3.replace("S:U", "S:C")) is None
    assert vectors.score(WORST_3) == 9.8


@given(
    st.sampled_from(["", "CVSS:3.1/", "CVSS:3.0/", "CVSS:4.0/"]),
    st.lists(st.sampled_from([*WORST_3.split("/")[1:], "AT:N", "VC:H", "Au:N", "E:X"])),
    st.text(max_size=10),
)
def test_any_text_is_scored_or_not(prefix, metrics, rest):
    score = Vectors().score(prefix + "/".join(metrics) + rest)
    assert score is None or 0 < score <= 10
