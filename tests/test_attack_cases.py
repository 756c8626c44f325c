"""The table of attacks names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"^\| S(\d+) \|[^|]*\|([^|]*)\|", re.MULTILINE)
TABLE = {
    int(n): re.findall("`(.+?)`", files)
    for n, files in LINE.findall((ROOT / "docs/security.md").read_text("utf-8"))
}


def files_with(place, number):
    path = ROOT / place
    files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    named = rf"def test_(s\d+_)*s{number}_"
    return [file for file in files if file.exists() and re.search(named, file.read_text("utf-8"))]


def test_the_table_has_every_case_once():
    assert list(TABLE) == list(range(1, 41))


@pytest.mark.parametrize("number", sorted(TABLE))
def test_a_case_has_tests_with_its_number_in_each_place_that_the_table_names(number):
    assert [place for place in TABLE[number] if not files_with(place, number)] == []


def test_every_number_in_a_tests_name_is_a_case():
    files = (ROOT / "tests").rglob("test_*.py")
    numbers = {
        int(n)
        for file in files
        for names in re.findall(r"def test_((?:s\d+_)+)", file.read_text("utf-8"))
        for n in re.findall(r"\d+", names)
    }

    assert numbers == set(TABLE)
