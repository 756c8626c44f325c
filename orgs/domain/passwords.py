"""Words that everybody who attacks this product tries first."""

import re
from collections.abc import Iterable

# Of the product itself; an organization's name adds its own.
PRODUCT_WORDS = ("codestax", "compliance")
_SHORTEST = 4  # letters of a name's word that counts: "of" and "the" are in any sentence


def words_of(name: str) -> set[str]:
    """The words of a name that somebody would guess, in lower case."""
    return {word for word in re.findall(r"[^\W_]+", name.lower()) if len(word) >= _SHORTEST}


def without_words(password: str, words: Iterable[str]) -> str:
    """What is left of a password without these words, in lower case."""
    longest_first = sorted({*PRODUCT_WORDS, *words}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), "", password.lower())
