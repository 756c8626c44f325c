"""docs/asvs.md lists every requirement once, and names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/asvs.md").read_text("utf-8")
LINE = re.compile(r"v5\.0\.0-(\d+\.\d+\.\d+)")
# How many requirements of the levels 1 and 2 each section of OWASP ASVS 5.0.0 has, from the first.
SECTIONS = {
    section: int(count)
    for section, count in re.findall(
        r"([\d.]+):(\d+)",
        "2.1:3 2.2:3 2.3:4 2.4:1 "
        "4.1:3 4.2:1 4.3:2 4.4:4 "
        "6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 "
        "7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 "
        "8.1:2 8.2:3 8.3:1 8.4:1 "
        "9.1:3 9.2:4 "
        "13.1:1 13.2:5 13.3:2 13.4:5 "
        "14.1:2 14.2:4 14.3:3 "
        "16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 ",
    )
}
# Of these, those of level 1.
LEVEL_1 = re.findall(
    r"\S+",
    "2.1.1 2.2.1 2.2.2 2.3.1 4.1.1 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 "
    "6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 "
    "9.1.3 9.2.1 13.4.1 14.2.1 14.3.1",
)


def rows(heading):
    """The cells of each row of the tables under a heading of the second level."""
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (v5\.0\.0-.+) \|$", part, re.MULTILINE)
    return [row.split(" | ") for row in found]


def names(listed):
    """Of tests: with a count, so that a line that is listed twice is said by its own test."""
    return [f"{count}, {row[0]}" for count, row in enumerate(listed, 1)]


MET, NOT_APPLICABLE = map(rows, ("Met", "Not applicable"))


@cache
def functions_of(path):
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_requirement_of_the_chapters_is_met_or_does_not_apply():
    listed = [number for row in MET + NOT_APPLICABLE for number in LINE.findall(row[0])]

    wanted = [f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]
    assert sorted(listed) == sorted(wanted)


def test_every_line_of_a_table_is_read():
    assert len(MET) + len(NOT_APPLICABLE) == PAGE.count("\n| v5.0.0-")


@pytest.mark.parametrize("row", MET, ids=names(MET))
def test_a_claimed_line_names_one_test_that_exists(row):
    _, level, sense, product, test = row

    (named,) = re.findall("`(.+?)`", test)
    path, _, name = named.partition("::")
    assert sense
    assert product
    assert level in {"1", "2"}
    assert name in functions_of(ROOT / path)


@pytest.mark.parametrize("row", NOT_APPLICABLE, ids=names(NOT_APPLICABLE))
def test_a_line_that_does_not_apply_says_why(row):
    assert len(row) == 2
    assert row[1].strip()


def test_the_levels_are_those_of_the_standard():
    told = {LINE.findall(row[0])[0]: row[1] for row in MET}
    right = {number: "1" if number in LEVEL_1 else "2" for number in told}

    assert told == right
