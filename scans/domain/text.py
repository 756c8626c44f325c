"""Text of a report, made fit for storage and for comparison."""

import re

_REPLACEMENT = "\ufffd"
# PostgreSQL stores no NUL, and UTF-8 has no place for half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`, what no database stores replaced."""
    cut = text[:limit]
    if cut.isascii() and "\x00" not in cut:
        return cut
    return _UNSTORABLE.sub(_REPLACEMENT, cut)


def as_text(value: object) -> str:
    """Return a string of a report, "" for anything else."""
    return value if isinstance(value, str) else ""


def folded(text: str) -> str:
    """Return `text` with every run of white space as one space: indenting then changes nothing."""
    return " ".join(text.split())
