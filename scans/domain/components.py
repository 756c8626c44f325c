"""Vulnerable components: which vulnerability, in which package, as scanners write it."""

import re
from collections.abc import Iterable

_CVE = re.compile(r"CVE-\d{4}-\d{3,}", re.IGNORECASE)
_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
# Snyk begins a rule's description with its aliases.
_LEADING_CVE = re.compile(r"\(?(CVE-\d{4}-\d{3,})", re.IGNORECASE)
# Trivy; OSV-Scanner; Snyk; Grype.
_IN_MESSAGE = (
    re.compile(r"^Package: (\S+)", re.MULTILINE),
    re.compile(r"^Package '(.+?)(?:@[^@']*)?' is vulnerable"),
    re.compile(r"introduces a vulnerable (\S+) package"),
    re.compile(r" reports (\S+) at version "),
)
_PURL_VERSION = re.compile(r"(?<=.)@[^/@]*$")


def vulnerability(names: Iterable[str], description: str = "") -> str:
    """Return the CVE id among the names of a flaw, else its GHSA id, else "".

    `names` are the rule's id and aliases; of a description only the beginning counts, as it may
    compare with other flaws further on.
    """
    known = list(names)
    for expression in (_CVE, _GHSA):
        for name in known:
            if found := expression.search(name):
                return found.group().upper()
    leading = _LEADING_CVE.match(description)
    return leading.group(1).upper() if leading else ""


def package_in_rule_id(rule_id: str) -> str:
    """Return what follows the vulnerability in ids such as CVE-2020-1234-openssl (Grype, Trivy)."""
    found = _CVE.search(rule_id) or _GHSA.search(rule_id)
    return rule_id[found.end() :].strip("-_/: ") if found else ""


def package_in_message(message: str) -> str:
    """Return the package that a message names in one of the forms that scanners use."""
    for expression in _IN_MESSAGE:
        if found := expression.search(message):
            return found.group(1)
    return ""


def without_version(package: str) -> str:
    """Return a package name or purl up to its version, which an upgrade changes."""
    return _PURL_VERSION.sub("", package.split("?", 1)[0])
