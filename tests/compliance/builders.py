"""Custom frameworks as they are sent, and scans as they are scored."""

from datetime import UTC, datetime, timedelta

from compliance import services
from compliance.domain.catalog import builtin_frameworks
from compliance.queries import current_policy
from scans.domain.evidence import Evidence, FindingGroup, Report
from tests.factories import ScanFactory

NOW = datetime(2026, 4, 26, 12, 0, tzinfo=UTC)
EVERY_FINDING_TYPE = (
    "secrets",
    "sast_security",
    "sast_crypto",
    "sast_auth",
    "sca_vulns",
    "code_quality",
    "iac_issues",
)
BUILTIN_KEYS = list(builtin_frameworks())


def sent_control(control_id="ISP-1", **fields):
    return {
        "id": control_id,
        "name": "No hardcoded secrets",
        "category": "Credentials",
        "description": "All credentials live in the secret manager.",
        "check_type": "secrets",
        "pass_condition": "no_critical_secrets",
    } | fields


def sent_framework(key="internal_sec", *controls, **fields):
    return {
        "name": "Internal Security Policy",
        "key": key,
        "controls": list(controls) or [sent_control()],
    } | fields


def save_framework(organization, key="internal_sec", *controls, **fields):
    body = {"description": "", **sent_framework(key, *controls, **fields)}
    return services.save_custom_framework(organization=organization, **body)


def enable(organization, keys):
    return services.set_enabled_frameworks(organization=organization, keys=keys)


def enabled_keys(organization):
    keys = current_policy(organization).enabled
    return None if keys is None else list(keys)


def evidence(*groups, at=NOW, **fields):
    """One complete run, at `at`, of a tool that sees every finding type."""
    report = Report(
        tool="scanner",
        scan_id=1,
        reported_at=at,
        is_complete=True,
        check_types=EVERY_FINDING_TYPE,
    )
    defaults = {"scanned_at": at, "last_success_at": at, "reports": (report,)}
    return Evidence(**{**defaults, "findings": groups, **fields})


def secrets(count=1, severity="critical"):
    return FindingGroup("secrets", severity, (798,), count)


def scan(repository, *groups, at=NOW, branch="main", commit="", status="completed", **fields):
    return ScanFactory(
        repository=repository,
        branch=branch,
        commit=commit,
        status=status,
        completed_at=at,
        evidence=evidence(*groups, at=at, **fields),
    )


def scans_of_each_day(repository, count):
    return [scan(repository, at=NOW - timedelta(days=day)) for day in reversed(range(count))]
