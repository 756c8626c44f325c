"""The sentence that says why a control got its credit."""

from compliance.domain.assessment import FULL_CREDIT
from compliance.domain.conditions import (
    FindingLimit,
    GatePassed,
    GatePassRate,
    QualityScore,
    ReviewCoverage,
    ScanAge,
)
from compliance.domain.measures import Measure, Reading
from compliance.domain.snapshot import INCOMPLETE, MISSING, Snapshot
from scans.domain.findings import CheckType

FINDING_LABELS: dict[str, str] = {
    CheckType.SECRETS: "secrets",
    CheckType.SAST_SECURITY: "application security",
    CheckType.SAST_CRYPTO: "cryptography",
    CheckType.SAST_AUTH: "authentication and access control",
    CheckType.SCA_VULNS: "dependency vulnerability",
    CheckType.CODE_QUALITY: "code quality",
    CheckType.IAC_ISSUES: "infrastructure configuration",
}

# What would bring the evidence that is missing.
_REMEDIES: dict[str, str] = {
    CheckType.SECRETS: "run a secrets scan",
    CheckType.SAST_SECURITY: "run a static analysis (SAST) scan",
    CheckType.SAST_CRYPTO: "run a static analysis (SAST) scan",
    CheckType.SAST_AUTH: "run a static analysis (SAST) scan",
    CheckType.SCA_VULNS: "run a dependency (SCA) scan",
    CheckType.CODE_QUALITY: "run a code quality scan",
    CheckType.IAC_ISSUES: "run a configuration (IaC) scan",
    CheckType.SCAN_RECENCY: "upload a report of a run that succeeded",
    CheckType.QUALITY_GATES: "send quality_gate with an upload",
    CheckType.PR_REVIEWS: "send pull_requests_merged and pull_requests_reviewed with an upload",
}
_NOTHING_TO_CHECK = "Nothing to check in this repository."
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def reason(measure: Measure, reading: Reading, snapshot: Snapshot) -> str:
    """Return why the measure read as it did, and for evidence that lacks what would bring it."""
    check_type = measure.check_type
    if check_type in snapshot.declared_absent and not reading.findings:
        return _NOTHING_TO_CHECK
    if reading.evidence == MISSING:
        missing = f"No scan result covers this check; {_REMEDIES[check_type]}."
        return f"{_found(measure, reading)}. {missing}" if reading.findings else missing
    sentence = _sentence(measure, reading)
    if reading.evidence == INCOMPLETE:
        return f"{sentence} {_unfinished(check_type, snapshot)}"
    return sentence


def readable_age(seconds: int) -> str:
    """Return such as "3 hours", "9 days" or "7 days 2 hours", rounded down."""
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return counted(seconds // _MINUTE, "minute")
    days, rest = divmod(seconds, _DAY)
    hours = counted(rest // _HOUR, "hour") if rest >= _HOUR else ""
    return " ".join(part for part in (counted(days, "day") if days else "", hours) if part)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(measure: Measure, reading: Reading) -> str:
    if isinstance(measure.condition, FindingLimit):
        return _limit_sentence(measure, measure.condition, reading)
    if isinstance(measure.condition, ScanAge):
        return _age_sentence(measure.condition, reading)
    return _level_sentence(measure.condition, reading)


def _limit_sentence(measure: Measure, condition: FindingLimit, reading: Reading) -> str:
    label = FINDING_LABELS[measure.check_type]
    if not reading.findings:
        return f"No open {label} finding at or above {condition.threshold}."
    found = _found(measure, reading)
    if reading.earned == FULL_CREDIT:
        return f"{found}, within the limit of {condition.allowed}."
    return f"{found}; credit {reading.credit} of 100." if reading.credit else f"{found}."


def _found(measure: Measure, reading: Reading) -> str:
    condition = measure.condition
    severity = condition.threshold if isinstance(condition, FindingLimit) else "low"
    return (
        f"{reading.findings} open {FINDING_LABELS[measure.check_type]} finding(s) "
        f"at or above {severity} (worst: {reading.worst})"
    )


def _age_sentence(condition: ScanAge, reading: Reading) -> str:
    if not reading.credit:
        return f"No scan within {counted(2 * condition.target, 'day')}."
    age = readable_age(int(reading.value or 0))
    limit = counted(condition.target, "day")
    exceeded = "" if reading.credit == FULL_CREDIT else " exceeded"
    return f"Last scan {age} ago, limit {limit}{exceeded}."


def _level_sentence(
    condition: QualityScore | ReviewCoverage | GatePassRate | GatePassed, reading: Reading
) -> str:
    if isinstance(condition, QualityScore):
        return f"Quality score is {reading.value}, target {condition.target}."
    if isinstance(condition, ReviewCoverage):
        return f"Review coverage is {reading.value}%, target {condition.target}%."
    if isinstance(condition, GatePassRate):
        return f"Quality gate pass rate is {reading.value}%, target {condition.target}%."
    return f"Latest quality gate is {reading.value}, target passed."


def _unfinished(check_type: str, snapshot: Snapshot) -> str:
    reports = snapshot.reports_on(check_type)
    tools = ", ".join(sorted({report.tool for report in reports}))
    if all(report.is_complete for report in reports):
        return f"The last run of {tools} left results undecided; the result counts at most half."
    return f"The last run of {tools} did not finish; the result counts at most half."
