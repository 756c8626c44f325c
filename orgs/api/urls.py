from django.urls import path

import codestax.common.converters  # noqa: F401 - registers the converter "id"
from orgs.api.views import keys, leaks, members, sign_in

urlpatterns = [
    path("auth/token", sign_in.TokenCreation.as_view(), name="token"),
    path("auth/token/refresh", sign_in.TokenRefresh.as_view(), name="token-refresh"),
    path("auth/token/revoke", sign_in.TokenRevocation.as_view(), name="token-revoke"),
    path("keys", keys.KeyList.as_view(), name="key-list"),
    path("keys/<id:key_id>", keys.KeyDetail.as_view(), name="key-detail"),
    path("keys/<id:key_id>/rotate", keys.KeyRotation.as_view(), name="key-rotate"),
    path("secret-scanning/report", leaks.LeakReport.as_view(), name="leak-report"),
    path("members", members.MemberList.as_view(), name="member-list"),
    path("members/<id:member_id>", members.MemberDetail.as_view(), name="member-detail"),
]
