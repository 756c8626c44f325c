from django.urls import path

from audit.api import views

urlpatterns = [path("audit-logs", views.AuditLogList.as_view(), name="audit-log-list")]
