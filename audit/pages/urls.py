from django.urls import path

from audit.pages import views

urlpatterns = [
    path("dashboard/audit-logs", views.AuditLog.as_view(), name="dashboard-audit"),
    path("dashboard/audit-logs/export.csv", views.CsvExport.as_view(), name="dashboard-audit-csv"),
    path(
        "dashboard/audit-logs/export.jsonl",
        views.JsonLinesExport.as_view(),
        name="dashboard-audit-jsonl",
    ),
    path(
        "dashboard/audit-logs/verify.py",
        views.Verifier.as_view(),
        name="dashboard-audit-verifier",
    ),
]
