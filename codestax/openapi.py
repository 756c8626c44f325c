"""How the API's document is made (drf-spectacular)."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "TITLE": "CodeStax Compliance API",
    "DESCRIPTION": "Compliance configuration, scores and scans of one organization.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "codestax.common.schema.add_common_answers",
    ],
    # One name for one set of values, wherever a field holds it.
    "ENUM_NAME_OVERRIDES": {
        "CheckTypeEnum": "compliance.api.serializers.CHECK_TYPES",
        "FindingTypeEnum": "scans.api.serializers.FINDING_CHECK_TYPES",
        "SeverityEnum": "compliance.api.serializers.SEVERITIES",
        "PlanEnum": "compliance.api.serializers.PLANS",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
