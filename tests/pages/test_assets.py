"""The style sheet and the scripts stay small, whole, and free of what nothing uses."""

import re
from itertools import chain

import pytest
from django.conf import settings

STATIC = settings.BASE_DIR / "codestax/static/codestax"
SHEET = (STATIC / "app.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL)
SCRIPTS = sorted((STATIC / "js").glob("*.mjs"))
SOURCES = [
    path.read_text(encoding="utf-8")
    for path in chain(
        (settings.BASE_DIR / "templates").rglob("*.html"),
        settings.BASE_DIR.glob("*/pages/*.py"),
        SCRIPTS,
    )
]
# Django's own, and the kinds that templates put together from a value.
GIVEN = {"errorlist", "pass", "partial", "fail", "missing"} | {
    f"badge--{kind}" for kind in ("partial", "fail", "missing", "required", "recommended")
}


def test_the_style_sheet_is_small():
    """Of what it says: spaces and comments are for who reads it, and compression takes them."""
    assert len("".join(RULES.split()).encode()) <= 15_000


def test_the_scripts_are_small():
    assert sum(script.stat().st_size for script in SCRIPTS) <= 3_000


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\.([a-z][\w-]*)", RULES)) - GIVEN))
def test_every_class_that_has_a_rule_is_used(name):
    assert any(re.search(rf"(?<![\w-]){name}(?![\w-])", source) for source in SOURCES)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"var\((--[\w-]+)", RULES))))
def test_every_token_that_is_used_exists(name):
    assert re.search(rf"{name}:", RULES)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_writes_no_markup_of_values(script):
    assert "innerHTML =" not in script.read_text(encoding="utf-8")
