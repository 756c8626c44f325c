"""How the API is served (Django REST framework), and how its tokens are signed (simplejwt)."""

from datetime import timedelta
from typing import Any

FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "orgs.api.authentication.ApiKeyAuthentication",
        "orgs.api.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["codestax.common.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["codestax.common.parsing.StrictJSONParser"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is no operation of the document
    "DEFAULT_SCHEMA_CLASS": "codestax.common.schema.Schema",
    "EXCEPTION_HANDLER": "codestax.common.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}


def tokens(signing_key: str) -> dict[str, Any]:
    """simplejwt's settings: 15 minutes for the API, 7 days to ask for new ones with."""
    return {
        "ALGORITHM": "HS256",
        "SIGNING_KEY": signing_key,
        "ISSUER": "codestax",
        "AUDIENCE": "codestax-api",
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
        "LEEWAY": 30,
        "UPDATE_LAST_LOGIN": False,
    }
