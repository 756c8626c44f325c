"""CVSS base scores of vectors, for reports that name no score beside them."""

from cvss import CVSS2, CVSS3, CVSS4, CVSSError

_VECTOR_CHARS = 250
# A score takes up to 0.2 ms; no real report holds more different vectors.
_MOST_VECTORS = 5_000


class Vectors:
    """Scores the vectors of one report, each different one once.

    What is no vector of CVSS 2, 3.0, 3.1 or 4.0 has no score; neither have vectors beyond the
    first 5,000 different ones.
    """

    def __init__(self) -> None:
        self._known: dict[str, float | None] = {}

    def score(self, vector: str) -> float | None:
        """Return the base score, above 0 and up to 10; None where there is none."""
        if not vector or len(vector) > _VECTOR_CHARS:
            return None
        if vector not in self._known:
            if len(self._known) >= _MOST_VECTORS:
                return None
            self._known[vector] = _base_score(vector)
        return self._known[vector]


def _base_score(vector: str) -> float | None:
    try:
        return float(_parsed(vector).base_score) or None
    except CVSSError:
        return None


def _parsed(vector: str) -> CVSS2 | CVSS3 | CVSS4:
    if vector.startswith("CVSS:4"):
        return CVSS4(vector)
    return CVSS3(vector) if vector.startswith("CVSS:3") else CVSS2(vector)
