"""What the dashboard calls the values of an assessment, and how each of them looks."""

from collections.abc import Mapping

from compliance.domain.standing import Totals

# The names of a control's kinds; the badge and the fill of a bar are named after the kind itself.
KIND_LABELS = {
    "pass": "Pass",
    "partial": "Partial",
    "fail": "Fail",
    "missing": "No evidence",
}
EVIDENCE_LABELS = {
    "assessed": "Assessed",
    "incomplete": "Run did not finish",
    "missing": "Nothing reported",
}
# By posture, the kind whose look it shares.
POSTURE_KINDS = {
    "Strong": "pass",
    "Good": "pass",
    "Moderate": "partial",
    "Weak": "partial",
    "Critical": "fail",
    "Not Assessed": "missing",
}
# By severity, the kind whose look it shares; "optional" is the quiet one.
SEVERITY_KINDS = {
    "critical": "fail",
    "high": "fail",
    "medium": "partial",
    "low": "optional",
    "info": "optional",
}
_KIND_PHRASES = {
    "pass": "pass",
    "partial": "partial",
    "fail": "fail",
    "missing": "without evidence",
}


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Return such as "11 pass, 3 partial, 0 fail, 1 without evidence"."""
    return ", ".join(f"{count} {_KIND_PHRASES[kind]}" for kind, count in counts.items())


def change_in_words(now: int, before: int | None) -> str | None:
    """Return such as "+16" or "±0", with a real minus sign; None without anything to compare."""
    if before is None:
        return None
    difference = now - before
    if not difference:
        return "±0"
    return f"+{difference}" if difference > 0 else f"\N{MINUS SIGN}{-difference}"


def points_lost(lost: int, total: int) -> str:
    """Return what lost credit takes from the mean of `total` controls, in whole points."""
    points = lost // total if total else 0
    return str(points) if points else "under 1"


def unmet_in_words(totals: Totals) -> str:
    """Return how many controls fall short, and of what: "8 fail, 3 without evidence"."""
    unmet = {kind: count for kind, count in totals.kinds().items() if count and kind != "pass"}
    return counts_in_words(unmet)
