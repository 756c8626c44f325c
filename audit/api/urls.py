from django.urls import path

from audit.api import views

urlpatterns = [
    path("audit-logs", views.AuditLogList.as_view(), name="audit-log-list"),
    path("audit/checkpoints", views.CheckpointList.as_view(), name="audit-checkpoint-list"),
    path("audit/verification", views.Verification.as_view(), name="audit-verification"),
    path("audit/stream", views.Stream.as_view(), name="audit-stream"),
]
