"""The audit log as CSV, for spreadsheets."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

# In the order of the columns.
EXPORTED_FIELDS = ("id", "created_at", "action", "actor_email", "ip", "user_agent", "metadata")

# What makes a spreadsheet read a cell as a formula (OWASP, "CSV Injection"), with the full-width
# forms, which East Asian editions take for the same.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not read UTF-8


def csv_header() -> str:
    return _BYTE_ORDER_MARK + csv_line(EXPORTED_FIELDS)


def csv_entry(values: Iterable[Any]) -> str:
    """One line of CSV from the values of EXPORTED_FIELDS; the metadata as JSON."""
    return csv_line(map(_text, values))


def csv_line(cells: Iterable[str]) -> str:
    """A record as RFC 4180 has it: every cell in quotes, a quote doubled, CR LF at the end."""
    return ",".join(map(_quoted, cells)) + "\r\n"


def _quoted(cell: str) -> str:
    escaped = _harmless(cell).replace('"', '""')
    return f'"{escaped}"'


def _harmless(cell: str) -> str:
    """What would be a formula, with spaces before it too, gets an apostrophe in front."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _moment(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
