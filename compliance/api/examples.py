"""The published reference's example bodies, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from compliance.domain.catalog import CATALOG_VERSION
from compliance.domain.scoring import FORMULA_VERSION


def _answer(name: str, body: dict[str, Any], *, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, body, response_only=True, status_codes=[status])


def _request(name: str, body: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, body, request_only=True)


_VERSIONS = {"formula_version": FORMULA_VERSION, "catalog_version": CATALOG_VERSION}
_LEGACY_SOC2 = {
    "key": "soc2",
    "name": "SOC 2 Type II",
    "description": "Service Organization Controls",
    "control_count": 15,
    "custom": False,
}
_LEGACY_HIPAA = {
    "key": "hipaa",
    "name": "HIPAA",
    "description": "Health Information Privacy",
    "control_count": 6,
    "custom": False,
}
_ISP_1 = {
    "id": "ISP-1",
    "name": "No hardcoded secrets",
    "category": "Credentials",
    "description": "All credentials live in the secret manager.",
    "check_type": "secrets",
    "pass_condition": "no_critical_secrets",
}

FRAMEWORKS = _answer(
    "Frameworks",
    {
        "available": [
            _LEGACY_SOC2 | {"enabled": True, "requires_plan": None, "plan_locked": False},
            _LEGACY_HIPAA | {"enabled": False, "requires_plan": "enterprise", "plan_locked": True},
        ],
        "enabled_keys": ["soc2", "owasp"],
        "default_all_enabled": False,
        "frameworks": [_LEGACY_SOC2, _LEGACY_HIPAA],
    },
)
SELECTIONS = [
    _request("Explicit selection", {"keys": ["soc2", "owasp", "pcidss"]}),
    _request("None at all", {"keys": []}),
    _request("Back to the default: every one", {"keys": None}),
]
ENABLED = _answer(
    "Saved",
    {
        "message": "Enabled frameworks updated",
        "enabled_keys": ["soc2", "owasp", "pcidss"],
        "default_all_enabled": False,
    },
)
UNKNOWN_FRAMEWORK = _answer(
    "Unknown framework",
    {"detail": "Unknown framework: xyz"},
    status="400",
)
PLAN_UPGRADE = _answer(
    "Plan upgrade required",
    {
        "detail": {
            "error": "plan_upgrade_required",
            "message": "Framework 'hipaa' requires the Enterprise plan",
            "framework_key": "hipaa",
            "current_plan": "team",
            "required_plan": "enterprise",
        }
    },
    status="402",
)
NOT_ADMIN = _answer(
    "Not an admin",
    {"detail": "Org admin role required"},
    status="403",
)
NOT_FOUND = _answer("Not found", {"detail": "Not found."}, status="404")
CONTROLS = _answer(
    "Controls",
    {
        "framework_key": "soc2",
        "framework_name": "SOC 2 Type II",
        "custom": False,
        "controls": [
            {
                "id": "CC6.1",
                "name": "Logical & Physical Access Controls",
                "category": "Access",
                "description": "Ensure no hardcoded credentials or API keys in code",
                "check_type": "secrets",
                "disabled": False,
                "recommendation": "required",
                "recommendation_reason": (
                    "Credential leakage is a baseline control for any codebase."
                ),
            }
        ],
        "disabled_count": 2,
    },
)
DISABLED = [
    _request("Mark Not Applicable", {"disabled": ["CC8.1", "CC2.1"]}),
    _request("Re-enable every control", {"disabled": []}),
]
CONTROLS_SAVED = _answer(
    "Saved",
    {
        "message": "Control selection updated",
        "framework_key": "soc2",
        "disabled": ["CC8.1", "CC2.1"],
    },
)
UNKNOWN_CONTROL = _answer(
    "Unknown control",
    {"detail": "Unknown control: CC99.9"},
    status="400",
)
CUSTOM_FRAMEWORK = _request(
    "Custom framework",
    {"name": "Internal Security Policy", "key": "internal_sec", "controls": [_ISP_1]},
)
CUSTOM_SAVED = _answer(
    "Saved",
    {"message": "Framework saved", "key": "internal_sec", "name": "Internal Security Policy"},
)
CUSTOM_FRAMEWORKS = _answer(
    "Custom frameworks",
    {
        "frameworks": [
            {
                "id": 12,
                "key": "internal_sec",
                "name": "Internal Security Policy",
                "description": "",
                "controls": [_ISP_1],
                "created_at": "2026-04-26T09:30:00Z",
            }
        ]
    },
)
CUSTOM_DELETED = _answer("Deleted", {"message": "Framework deleted"})
SCORE = _answer(
    "Score",
    {
        "repo_id": 7,
        "repo_name": "checkout-service",
        "evaluated_at": "2026-04-26T09:31:00Z",
        "last_scan": "2026-04-26 09:30:00+00:00",
        "total_issues": 18,
        "executive_summary": {
            "overall_score": 72,
            "total_controls": 30,
            "passing": 19,
            "partial": 6,
            "failing": 5,
            "posture": "Moderate",
            "risk_areas": [
                {
                    "area": "Secrets management",
                    "check_type": "secrets",
                    "failing": 2,
                    "partial": 0,
                    "findings": 3,
                    "worst_severity": "high",
                    "controls": ["soc2:CC6.1", "pcidss:8.6.2"],
                }
            ],
            "recommendation": "Address failing controls in pcidss",
            "coverage": 100,
        },
        "frameworks": {
            "soc2": {
                "name": "SOC 2 Type II",
                "score": 78,
                "pass": 11,
                "partial": 3,
                "fail": 1,
                "total": 15,
                "coverage": 100,
                "controls": [
                    {
                        "id": "CC6.1",
                        "name": "Logical & Physical Access Controls",
                        "category": "Access",
                        "check_type": "secrets",
                        "pass_condition": "no_high_secrets",
                        "status": "fail",
                        "credit": 0,
                        "evidence": "assessed",
                        "reason": "3 open secrets finding(s), worst severity high.",
                        "findings": 3,
                    }
                ],
            }
        },
        **_VERSIONS,
    },
)
TREND = _answer(
    "Trend",
    {
        "repo_id": 7,
        "repo_name": "checkout-service",
        "framework": "soc2",
        "days": 90,
        "points": [
            {
                "scan_id": 41,
                "scanned_at": "2026-04-26T09:30:00Z",
                "commit": "9fceb02d0ae598e95dc970b74767f19372d61af8",
                "score": 78,
                "pass": 11,
                "partial": 3,
                "fail": 1,
                "total": 15,
            }
        ],
        **_VERSIONS,
    },
)
