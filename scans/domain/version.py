"""Which rules reports are read by, as one short text that changes with any of them."""

from hashlib import sha256
from pathlib import Path

_DOMAIN = Path(__file__).parent
_CHARS = 16


def _digest() -> str:
    """Of all that decides how a report is read: the code and the tables of this package."""
    whole = sha256()
    for path in sorted((*_DOMAIN.rglob("*.py"), *_DOMAIN.rglob("*.json"))):
        whole.update(path.relative_to(_DOMAIN).as_posix().encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:_CHARS]


# Part of a report's digest and of its memo: what was stored under other rules is not taken for a
# repetition.
RULES_VERSION = _digest()
