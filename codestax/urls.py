"""The only place that mounts the apps."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from codestax import errors, health

api_patterns: list[URLPattern | URLResolver] = [
    path("", include("orgs.api.urls")),
    path("", include("scans.api.urls")),
    path("", include("compliance.api.urls")),
    path("", include("audit.api.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]

urlpatterns = [
    path("api/", include((api_patterns, "api"))),
    path("", include("orgs.pages.urls")),
    path("", include("compliance.pages.urls")),
    path("", include("audit.pages.urls")),
    *([path("admin/", admin.site.urls)] if settings.ADMIN_ENABLED else []),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
