"""How severe a finding is: score, the tool's words, rank, level, default; in this order."""

from scans.domain.facts import Facts
from scans.domain.findings import SEVERITY_RANK, CheckType, Severity
from scans.domain.tables import inverted, pattern, table

_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.INFO,
}
_STEP_DOWN = {
    Severity.CRITICAL: Severity.HIGH,
    Severity.HIGH: Severity.MEDIUM,
    Severity.MEDIUM: Severity.LOW,
    Severity.LOW: Severity.INFO,
    Severity.INFO: Severity.INFO,
}
# GitHub's bands of security-severity; anything above 0 is at least low.
_SCORE_BANDS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
_RANK_BANDS = ((90.0, Severity.CRITICAL), (70.0, Severity.HIGH), (40.0, Severity.MEDIUM))
_TAG_WORDS = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
_HIGHEST_RANK = 100.0


def severity(facts: Facts, check_type: str) -> str:
    """Return the Severity of a finding of this check type."""
    if facts.security_severity is not None:
        return _band(facts.security_severity, _SCORE_BANDS)
    if check_type == CheckType.SECRETS:
        return _of_secret(facts)
    if facts.level == "none":
        return Severity.INFO
    return _stated(facts) or _of_level(facts, check_type) or _default(facts)


def _band(value: float, bands: tuple[tuple[float, Severity], ...]) -> Severity:
    lowest = Severity.LOW if value > 0 else Severity.INFO
    return next((name for start, name in bands if value >= start), lowest)


def _of_secret(facts: Facts) -> str:
    """A level says how a linter reports, not what a leaked secret is worth: it does not count."""
    if facts.is_verified:
        return Severity.CRITICAL
    found = _stated(facts) or (
        Severity.INFO if facts.level == "none" else _default_of_secret(facts)
    )
    return max(found, Severity.MEDIUM, key=SEVERITY_RANK.__getitem__)


def _default_of_secret(facts: Facts) -> str:
    generic = pattern(table("severities")["generic_secret_rules"])
    # Checkov's ids are numbers: only the name says "Base64 High Entropy String".
    is_generic = generic.search(facts.rule_id) or generic.search(facts.rule_name)
    is_sure = facts.tool.kind in ("secrets", "multi") and not is_generic
    return Severity.CRITICAL if is_sure else Severity.HIGH


def _stated(facts: Facts) -> str:
    return _of_words(facts) or _of_tags(facts) or _of_rank(facts)


def _of_words(facts: Facts) -> str:
    name = "sonar_words" if facts.tool.rule_class == "sonar" else "words"
    known: dict[str, str] = table("severities")[name]
    return next((known[word] for word in facts.words if word in known), "")


def _of_tags(facts: Facts) -> str:
    return next((tag.lower() for tag in facts.tags if tag in _TAG_WORDS), "")


def _of_rank(facts: Facts) -> str:
    """Flawfinder writes 0 to 1 and Veracode 0 to 5, where the format has 0 to 100."""
    rank = facts.rank
    is_foreign = facts.tool.key in table("severities")["ranks_of_another_scale"]
    if rank is None or not 1 < rank <= _HIGHEST_RANK or is_foreign:
        return ""
    return _band(rank, _RANK_BANDS)


def _of_level(facts: Facts, check_type: str) -> str:
    if facts.tool.key == "checkov":
        graded: str = inverted(table("severities")["checkov"]).get(facts.rule_id, "")
        return graded or Severity.MEDIUM
    found = _LEVELS.get(facts.level)
    if found is None:
        return ""
    is_quality = check_type == CheckType.CODE_QUALITY
    if facts.tool.key in table("severities")["one_level_for_all"] and not is_quality:
        return Severity.MEDIUM
    is_linted = is_quality or facts.tool.is_linter
    return _STEP_DOWN[found] if is_linted else found


def _default(facts: Facts) -> str:
    found: str = table("severities")["defaults"][facts.tool.kind]
    return found
