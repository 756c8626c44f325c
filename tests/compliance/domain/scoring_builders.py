"""The smallest evidence and policies that a scoring test can state its case with."""

from datetime import UTC, datetime, timedelta

from compliance.domain.policy import CustomControl, CustomFramework, Policy
from compliance.domain.scoring import evaluate
from scans.domain.evidence import Evidence, FindingGroup, Report

NOW = datetime(2026, 4, 26, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=31)
FINDING_TYPES = (
    "secrets",
    "sast_security",
    "sast_crypto",
    "sast_auth",
    "sca_vulns",
    "code_quality",
    "iac_issues",
)


def report(*check_types, **fields):
    defaults = {"tool": "scanner", "scan_id": 1, "reported_at": NOW, "is_complete": True}
    return Report(**{**defaults, "check_types": check_types or FINDING_TYPES, **fields})


def group(check_type, severity, count=1, *, cwes=(), report_index=0):
    return FindingGroup(check_type, severity, tuple(cwes), count, report_index)


def evidence(*groups, **fields):
    """Everything reported by one complete run, just now, unless `fields` says otherwise."""
    defaults = {"scanned_at": NOW, "last_success_at": NOW, "reports": (report(),)}
    return Evidence(**{**defaults, "findings": groups, **fields})


def control(check_type, pass_condition, control_id="X-1"):
    return CustomControl(
        id=control_id,
        name="A control",
        category="General",
        description="",
        check_type=check_type,
        pass_condition=pass_condition,
    )


def framework(*controls, key="own", name="Own"):
    return CustomFramework(key=key, name=name, description="", controls=controls)


def policy(*frameworks, **fields):
    """The selection is exactly `frameworks`, or what `fields` says."""
    defaults = {"plan": "enterprise", "enabled": tuple(entry.key for entry in frameworks)}
    return Policy(catalog_version="test", **{**defaults, "custom": frameworks, **fields})


def everything(**fields):
    """A policy with every built-in framework on."""
    return policy(**{"enabled": None, **fields})


def assess(check_type, pass_condition, given, now=NOW):
    """Assess a single control."""
    own = policy(framework(control(check_type, pass_condition)))
    return evaluate(given, own, now).frameworks["own"].controls[0]
