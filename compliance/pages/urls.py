from django.urls import path

import codestax.common.converters  # noqa: F401 - registers the converter "id"
from compliance.pages.custom_frameworks import (
    CustomFrameworkDeletion,
    CustomFrameworkImport,
    CustomFrameworkPage,
    CustomFrameworkPreview,
)
from compliance.pages.frameworks import (
    FrameworkControlsPreview,
    FrameworkPage,
    FrameworkPicker,
    FrameworkPickerPreview,
)
from compliance.pages.organization import OrganizationDashboard
from compliance.pages.repository import ControlPage, RepositoryPage

_FRAMEWORKS = "dashboard/compliance/frameworks"

# A last part of our own begins with an underscore, as no framework's key does.
urlpatterns = [
    path(
        "dashboard/compliance",
        OrganizationDashboard.as_view(),
        name="dashboard",
    ),
    path(
        "dashboard/compliance/repos/<id:repo_id>", RepositoryPage.as_view(), name="dashboard-repo"
    ),
    path(
        "dashboard/compliance/repos/<id:repo_id>/control",
        ControlPage.as_view(),
        name="dashboard-control",
    ),
    path(_FRAMEWORKS, FrameworkPicker.as_view(), name="dashboard-frameworks"),
    path(
        f"{_FRAMEWORKS}/_preview",
        FrameworkPickerPreview.as_view(),
        name="dashboard-frameworks-preview",
    ),
    path(
        f"{_FRAMEWORKS}/custom/_new",
        CustomFrameworkPage.as_view(),
        name="dashboard-custom-framework-new",
    ),
    path(
        f"{_FRAMEWORKS}/custom/_new/_preview",
        CustomFrameworkPreview.as_view(),
        name="dashboard-custom-framework-new-preview",
    ),
    path(
        f"{_FRAMEWORKS}/custom/_import",
        CustomFrameworkImport.as_view(),
        name="dashboard-custom-framework-import",
    ),
    path(
        f"{_FRAMEWORKS}/<slug:framework_key>/_preview",
        FrameworkControlsPreview.as_view(),
        name="dashboard-framework-preview",
    ),
    path(
        f"{_FRAMEWORKS}/custom/<slug:framework_key>",
        CustomFrameworkPage.as_view(),
        name="dashboard-custom-framework",
    ),
    path(
        f"{_FRAMEWORKS}/custom/<slug:framework_key>/_preview",
        CustomFrameworkPreview.as_view(),
        name="dashboard-custom-framework-preview",
    ),
    path(
        f"{_FRAMEWORKS}/custom/<slug:framework_key>/_delete",
        CustomFrameworkDeletion.as_view(),
        name="dashboard-custom-framework-delete",
    ),
    path(
        f"{_FRAMEWORKS}/<slug:framework_key>", FrameworkPage.as_view(), name="dashboard-framework"
    ),
]
