"""What a SARIF result is recognised by in the next scan."""

from scans.domain import components
from scans.domain.findings import CheckType
from scans.domain.fingerprints import joined
from scans.domain.formats.sarif_marks import strings
from scans.domain.formats.sarif_rules import ResolvedRule
from scans.domain.formats.sarif_structs import Region, Result
from scans.domain.text import as_text, folded

_LINE_HASH = "primaryLocationLineHash"
# Gitleaks writes the commit there, and who made it; none of it names the finding.
_NO_FINGERPRINTS = frozenset(("commitSha", "commitMessage", "author", "email", "date"))
_SNIPPET_CHARS = 10_000
_SECRETS = CheckType.SECRETS.value  # a plain string is compared faster than an enumeration's

Claims = tuple[tuple[str, str], ...]


def identity(check_type: str, rule: ResolvedRule, path: str, line: int | None) -> tuple[str, bool]:
    """Return the fixed part of a fingerprint, and whether it is all that counts.

    Two secrets in one line are one finding, whichever rules found them; their fingerprint is
    made when all of the file are known.
    """
    if check_type == _SECRETS and line is not None:
        return joined(check_type, path, str(line)), True
    return joined(check_type, rule.full_id, path), False


def component_identity(
    result: Result, rule: ResolvedRule, package: str, path: str, message: str
) -> str:
    """Return the fingerprint of a vulnerable component: flaw, package and file.

    Where no package is named, the message stands for it.
    """
    flaw = rule.vulnerability or components.vulnerability([message]) or rule.full_id
    name = (
        components.package_in_rule_id(rule.full_id)
        or _logical_package(result)
        or package
        or components.package_in_message(message)
    )
    return joined(CheckType.SCA_VULNS, flaw, components.canonical(name) or message, path)


def _logical_package(result: Result) -> str:
    named = result.locations[0].logical_locations or () if result.locations else ()
    return next((as_text(n.name) for n in named if n.kind == "package"), "")


def context(region: Region | None, message: str) -> str:
    """Return the code that a result marks, however it is indented, or else its message."""
    snippet = region.snippet if region else None
    code = folded(as_text(snippet.text)[:_SNIPPET_CHARS]) if snippet else ""
    return code or message


def claims(result: Result) -> tuple[str, Claims]:
    """Return the hash of the code's line that GitHub's tools write, and all other fingerprints."""
    if not (result.partial_fingerprints or result.fingerprints):
        return "", ()
    partial = strings(result.partial_fingerprints)
    if line_hash := partial.get(_LINE_HASH):
        return line_hash, ()
    whole = strings(result.fingerprints)
    return "", tuple(
        (name, values[name])
        for values in (whole, partial)
        for name in sorted(values.keys() - _NO_FINGERPRINTS)
        if values[name]
    )
