"""Which check a finding belongs to: by rule class, tool kind, rule id, CWE, tags, default."""

import re
from functools import cache

from scans.domain.facts import Facts
from scans.domain.findings import CheckType
from scans.domain.tables import inverted, pattern, table

_BY_CWE = "by_cwe"
_BY_BANDIT_ID = "by_bandit_id"
_PRIORITY = (
    CheckType.SECRETS,
    CheckType.SAST_AUTH,
    CheckType.SAST_CRYPTO,
    CheckType.IAC_ISSUES,
    CheckType.SAST_SECURITY,
    CheckType.SCA_VULNS,
    CheckType.CODE_QUALITY,
)
_WORD = re.compile(r"[a-z]+")
_CWE_PARTS = ("derived", "chosen", "sets")


def check_type(facts: Facts) -> str:
    """Return a finding kind of CheckType, or findings.LICENCE."""
    answer = _of_rule_class(facts)
    if answer == _BY_CWE:
        return _of_cwes(facts, is_security=True) or CheckType.SAST_SECURITY
    return (
        answer
        or _of_kind(facts)
        or _of_rule_id(facts)
        or _of_cwes(facts, is_security=facts.is_security)
        or _of_tags(facts)
        or _default(facts)
    )


def _of_rule_class(facts: Facts) -> str:
    rules = table("rule_classes")["classes"].get(facts.tool.rule_class)
    if rules is None:
        return ""
    rule_id = facts.rule_id
    labels = facts.lowered_tags.union(facts.labels)
    answer: str = (
        rules.get("ids", {}).get(rule_id)
        or next((a for p, a in rules.get("prefixes", {}).items() if rule_id.startswith(p)), "")
        or next((a for p, a in rules.get("parts", {}).items() if p in rule_id), "")
        or next((a for p, a in rules.get("patterns", {}).items() if pattern(p).search(rule_id)), "")
        or rules.get("names", {}).get(facts.rule_name)
        or next((a for label, a in rules.get("labels", {}).items() if label in labels), "")
    )
    return _bandit_check_type(rule_id) if answer == _BY_BANDIT_ID else answer


def _bandit_check_type(rule_id: str) -> str:
    """Ruff's S rules are Bandit's tests with another letter, and carry no CWE."""
    found: str = inverted(table("rule_classes")["bandit_ids"]).get(rule_id[1:], "")
    return found or CheckType.SAST_SECURITY


def _of_kind(facts: Facts) -> str:
    proved = facts.tool.check_types
    return next(iter(proved)) if facts.tool.kind in ("secrets", "sca", "iac") else ""


def _of_rule_id(facts: Facts) -> str:
    for entry in table("rule_classes")["any_tool"]:
        if facts.tool.kind in entry["kinds"] and pattern(entry["pattern"]).search(facts.rule_id):
            found: str = entry["check_type"]
            return "" if _is_about_algorithms(found, facts) else found
    return ""


def _is_about_algorithms(found: str, facts: Facts) -> bool:
    """A rule on how secrets are encrypted names secrets, but has found none."""
    return found == CheckType.SECRETS and any(
        _cwe_sets().get(cwe) == CheckType.SAST_CRYPTO for cwe in facts.cwes
    )


def _of_cwes(facts: Facts, *, is_security: bool) -> str:
    found = {_of_cwe(cwe, facts, is_security=is_security) for cwe in facts.cwes}
    return next((name for name in _PRIORITY if name in found), "")


def _of_cwe(cwe: int, facts: Facts, *, is_security: bool) -> str:
    name = _cwe_sets().get(cwe, CheckType.SAST_SECURITY)
    if name == "dual":
        return CheckType.SAST_SECURITY if is_security else CheckType.CODE_QUALITY
    if name == CheckType.IAC_ISSUES and not facts.is_infrastructure:
        return CheckType.SAST_SECURITY
    return name


@cache
def _cwe_sets() -> dict[int, str]:
    """The set of each CWE id that is not plainly sast_security."""
    cwes = table("cwe_types")
    return {number: name for part in _CWE_PARTS for number, name in inverted(cwes[part]).items()}


def _of_tags(facts: Facts) -> str:
    if facts.tool.kind == "quality" and "security" not in facts.lowered_tags:
        return ""
    words = {word for tag in facts.lowered_tags for word in _WORD.findall(tag)}
    by_check_type = table("rule_classes")["tag_words"].items()
    return next((name for name, those in by_check_type if words.intersection(those)), "")


def _default(facts: Facts) -> str:
    scored = facts.tool.is_mixed and facts.security_severity is not None
    if not (facts.is_security or scored or facts.tool.kind == "multi"):
        return CheckType.CODE_QUALITY
    if facts.tool.is_mixed and facts.is_infrastructure:
        return CheckType.IAC_ISSUES
    return CheckType.SAST_SECURITY
