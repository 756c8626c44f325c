"""Vulnerable components: which vulnerability, in which package, as scanners write it."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

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
_PURL = re.compile(r"pkg:/*([^/]+)/(.+)", re.IGNORECASE)
# Where the namespace is who packed the software, not a part of its name.
_DISTRIBUTIONS = frozenset(("alpm", "apk", "deb", "rpm"))
_SEPARATORS = re.compile("[-_.]+")
# No real name is longer; one name may stand for many findings.
_NAME_CHARS = 500
_VERSION_CHARS = 100
_SUMMARY_CHARS = 500


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
    return _PURL_VERSION.sub("", package.split("?", 1)[0].split("#", 1)[0])


def canonical(package: str) -> str:
    """Return what a package is compared by: the same for a purl, and for a name in any spelling.

    A purl's type and the distribution are dropped, as no scanner's messages name them; npm scopes
    and Maven groups stay (`@scope/name`, `group:artifact`). Case and separators are folded as in
    PEP 503, for all ecosystems alike: the result is compared within one flaw and file only.
    """
    name = without_version(package[:_NAME_CHARS])
    found = _PURL.match(name)
    return _SEPARATORS.sub("-", _name_in_purl(*found.groups()) if found else name).lower()


def _name_in_purl(kind: str, path: str) -> str:
    namespace, _, name = unquote(path).rpartition("/")
    if not namespace or kind.lower() in _DISTRIBUTIONS:
        return name
    return f"{namespace}:{name}" if kind.lower() == "maven" else f"{namespace}/{name}"


def described(package: str, version: str, summary: str) -> str:
    """Return one line on a vulnerable component, of a bounded length."""
    subject = f"{package[:_NAME_CHARS]} {version[:_VERSION_CHARS]}".strip()
    text = " ".join(summary[:_SUMMARY_CHARS].split())
    return ": ".join(part for part in (subject, text) if part)
