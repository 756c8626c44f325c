"""Pass conditions: what a control demands of the evidence, in a small closed grammar.

Findings:  `no_[severity_]subject` and `max_N_[severity_]subject`, N 1 to 9999. The severity is a
           threshold ("at or above") and `low` when left out; the subject fits the check type.
Levels:    `scanned_within_N_days` (1 to 365), `min_quality_score_N`, `pr_review_coverage_N`,
           `quality_gate_pass_rate_N` (1 to 100) and `quality_gate_passed`.

Numbers are ASCII digits without leading zeros. Everything is lower case and has no spaces.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from codestax.common.errors import DomainError
from scans.domain.findings import CheckType, Severity

MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class FindingLimit:
    """At most `allowed` findings at the threshold severity, and none above it."""

    text: str
    threshold: str
    allowed: int


@dataclass(frozen=True, slots=True)
class _Level:
    """A number to reach; half of it (for an age, twice) earns nothing."""

    text: str
    target: int


class ScanAge(_Level):
    """The newest successful scan is at most `target` days old."""


class QualityScore(_Level):
    """The quality score is at least `target`, out of 100."""


class ReviewCoverage(_Level):
    """At least `target` percent of the changes were reviewed."""


class GatePassRate(_Level):
    """At least `target` percent of the quality gates passed."""


@dataclass(frozen=True, slots=True)
class GatePassed:
    """The latest quality gate passed."""

    text: str


# What is measured without looking at findings.
LevelCondition = ScanAge | ReviewCoverage | GatePassRate | GatePassed
Condition = FindingLimit | QualityScore | LevelCondition

GATE_PASSED = "quality_gate_passed"

_SUBJECTS: dict[str, str] = {
    CheckType.SECRETS: "secrets",
    CheckType.SAST_SECURITY: "security_findings",
    CheckType.SAST_CRYPTO: "crypto_findings",
    CheckType.SAST_AUTH: "auth_findings",
    CheckType.SCA_VULNS: "vulnerabilities",
    CheckType.IAC_ISSUES: "misconfigurations",
    CheckType.CODE_QUALITY: "quality_issues",
}
_ANY_SUBJECT = "findings"
# Taken on input, stored in the canonical form: a check type's name for its subject.
_ALIASES = {name: subject for name, subject in _SUBJECTS.items() if name != subject}
_ALIASES["vulns"] = "vulnerabilities"

_FINDING_FORM = re.compile(
    r"(?:no|max_(?P<allowed>[1-9][0-9]{0,3}))_"
    r"(?:(?P<severity>critical|high|medium|low)_)?(?P<subject>[a-z_]+)"
)
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")

# Per check type the numbered form: text before the number, text after it, highest number, type.
_LEVEL_FORMS: dict[
    str, tuple[str, str, int, type[ScanAge | QualityScore | ReviewCoverage | GatePassRate]]
] = {
    CheckType.SCAN_RECENCY: ("scanned_within_", "_days", 365, ScanAge),
    CheckType.CODE_QUALITY: ("min_quality_score_", "", 100, QualityScore),
    CheckType.PR_REVIEWS: ("pr_review_coverage_", "", 100, ReviewCoverage),
    CheckType.QUALITY_GATES: ("quality_gate_pass_rate_", "", 100, GatePassRate),
}

_DEFAULTS: dict[str, str] = {
    CheckType.SECRETS: "no_high_secrets",
    CheckType.SAST_SECURITY: "no_high_security_findings",
    CheckType.SAST_CRYPTO: "no_high_crypto_findings",
    CheckType.SAST_AUTH: "no_high_auth_findings",
    CheckType.SCAN_RECENCY: "scanned_within_7_days",
    CheckType.QUALITY_GATES: GATE_PASSED,
    CheckType.PR_REVIEWS: "pr_review_coverage_80",
    CheckType.SCA_VULNS: "no_high_vulnerabilities",
    CheckType.CODE_QUALITY: "min_quality_score_70",
    CheckType.IAC_ISSUES: "no_high_misconfigurations",
}


def parse_condition(text: object, check_type: object) -> Condition:
    """Read a pass condition for a control of `check_type`; the result's `text` is canonical.

    Raises DomainError with the valid forms, or the valid check types, for anything else.
    """
    known = require_check_type(check_type)
    # The guard keeps hostile input out of the cache, and unhashable values with it.
    condition = _parse(text, known) if isinstance(text, str) and len(text) <= MAX_LENGTH else None
    if condition is None:
        raise DomainError(
            f"Unknown pass_condition {_shown(text)} for check_type {known}; "
            f"valid are {valid_forms(known)}.",
            field="pass_condition",
        )
    return condition


def canonical_condition(text: object, check_type: object) -> str:
    """Return the condition in the form it is stored in; raises as `parse_condition`."""
    return parse_condition(text, check_type).text


def default_condition(check_type: object) -> str:
    """Return the condition of a control that states none; raises DomainError."""
    return _DEFAULTS[require_check_type(check_type)]


def require_check_type(value: object) -> str:
    """Return `value` if it is one of the ten check types; raises DomainError that lists them."""
    if isinstance(value, str) and value in _DEFAULTS:
        return str(value)
    raise DomainError(
        f"Unknown check_type {_shown(value)}; valid are {', '.join(_DEFAULTS)}.",
        field="check_type",
    )


@lru_cache(maxsize=4096)
def _parse(text: str, check_type: str) -> Condition | None:
    if check_type == CheckType.QUALITY_GATES and text == GATE_PASSED:
        return GatePassed(text)
    return _parse_level(text, check_type) or _parse_limit(text, check_type)


def _parse_level(text: str, check_type: str) -> Condition | None:
    if check_type not in _LEVEL_FORMS:
        return None
    before, after, most, form = _LEVEL_FORMS[check_type]
    number = text.removeprefix(before).removesuffix(after)
    if text != before + number + after or not _NUMBER.fullmatch(number) or int(number) > most:
        return None
    return form(text, int(number))


def _parse_limit(text: str, check_type: str) -> Condition | None:
    match = _FINDING_FORM.fullmatch(text)
    if match is None or check_type not in _SUBJECTS:
        return None
    subject = _ALIASES.get(match["subject"], match["subject"])
    if subject not in (_SUBJECTS[check_type], _ANY_SUBJECT):
        return None
    return FindingLimit(
        text=text[: match.start("subject")] + subject,
        threshold=match["severity"] or Severity.LOW.value,
        allowed=int(match["allowed"] or 0),
    )


def valid_forms(check_type: str) -> str:
    """Return in words which pass conditions a control of this check type may have."""
    forms = [GATE_PASSED] if check_type == CheckType.QUALITY_GATES else []
    if check_type in _LEVEL_FORMS:
        before, after, most, _ = _LEVEL_FORMS[check_type]
        forms.append(f"{before}N{after} (N 1 to {most})")
    if check_type in _SUBJECTS:
        subject = _SUBJECTS[check_type]
        forms.append(
            f"no_[severity_]{subject} or max_N_[severity_]{subject} (N 1 to 9999; severity "
            f"critical, high, medium or low; {_ANY_SUBJECT} may stand for {subject})"
        )
    return " or ".join(forms)


def _shown(value: object) -> str:
    """A short printable picture of hostile input, safe in any answer and log."""
    if not isinstance(value, str):
        return f"of type {type(value).__name__}"
    return ascii(value if len(value) <= MAX_LENGTH else value[:MAX_LENGTH] + "...")
