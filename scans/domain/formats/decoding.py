"""What readers of JSON reports share: decoding that names the place of a mistake, lenient values.

Real tools write numbers for strings and null for lists. So a scalar may be any scalar and is
judged where it is used; an array or object in a wrong place refuses the report.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Raw, ValidationError, json

from codestax.common.errors import ReportFormatError
from scans.domain.formats.sarif_marks import cwe_numbers, score
from scans.domain.formats.sarif_structs import Scalar

T = TypeVar("T")

_BEGINNING = 1_000
# A weakness has a handful of CWE ids and a flaw a handful of names.
_MOST_CWES = 20
_ID_CHARS = 200


def decode(content: bytes | Raw, shape: type[T], *, name: str, at: str = "$") -> T:
    """Decode a report, or the part of it at the JSON path `at`.

    Raises ReportFormatError with the path of what does not fit, and msgspec's DecodeError for
    text that is no JSON.
    """
    try:
        return json.decode(content, type=shape)
    except ValidationError as error:
        raise misfit(error, f"{name} JSON", at) from error


def misfit(error: ValidationError, what: str, at: str) -> ReportFormatError:
    """Say what does not fit, and where below the JSON path `at`."""
    reason, _, path = str(error).partition(" - at `$")
    place = at + path.rstrip("`")
    return ReportFormatError(f"The report is not valid {what}: {reason} at {place}.")


def is_array(text: bytes) -> bool:
    """Whether a report's outermost value is an array."""
    return text[:_BEGINNING].lstrip().startswith(b"[")


def text_of(value: Scalar) -> str:
    """Return a string, or a number as one; "" for anything else."""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip()


def id_of(value: Scalar) -> str:
    """Return an identifier, cut where no real one goes on."""
    return text_of(value)[:_ID_CHARS]


def base_score(value: Scalar) -> float | None:
    """Return a CVSS base score; tools write 0 where nobody has rated a flaw."""
    return score(value) or None


def cwes_of(values: Iterable[Scalar]) -> tuple[int, ...]:
    """Return the CWE ids in numbers and in names such as CWE-79; no more than a flaw has."""
    found = (number for value in values for number in cwe_numbers(id_of(value)))
    return tuple(number for _, number in zip(range(_MOST_CWES), found, strict=False))
