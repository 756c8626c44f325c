from django.urls import path

from scans.api import views

urlpatterns = [
    path("repos", views.RepositoryList.as_view(), name="repository-list"),
    path("repos/<id:repo_id>", views.RepositoryDetail.as_view(), name="repository-detail"),
    path("repos/<id:repo_id>/scans", views.RepositoryScans.as_view(), name="repository-scans"),
    path(
        "repos/<id:repo_id>/findings",
        views.RepositoryFindings.as_view(),
        name="repository-findings",
    ),
    path("scans/<id:scan_id>", views.ScanDetail.as_view(), name="scan-detail"),
    path("scans/<id:scan_id>/findings", views.ScanFindings.as_view(), name="scan-findings"),
]
