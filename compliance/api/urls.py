from django.urls import path

import codestax.common.converters  # noqa: F401 - registers `id`
from compliance.api import views

urlpatterns = [
    path("compliance/frameworks", views.FrameworkList.as_view(), name="framework-list"),
    path(
        "compliance/frameworks/enabled",
        views.EnabledFrameworks.as_view(),
        name="enabled-frameworks",
    ),
    path(
        "compliance/frameworks/<str:framework_key>/controls",
        views.FrameworkControls.as_view(),
        name="framework-controls",
    ),
    path(
        "compliance/custom-frameworks",
        views.CustomFrameworkList.as_view(),
        name="custom-framework-list",
    ),
    path(
        "compliance/custom-frameworks/<str:framework_key>",
        views.CustomFrameworkDetail.as_view(),
        name="custom-framework-detail",
    ),
    path("compliance/score/<id:repo_id>", views.RepositoryScore.as_view(), name="repository-score"),
    path("compliance/trend/<id:repo_id>", views.RepositoryTrend.as_view(), name="repository-trend"),
]
