"""A URL conf with one scoped view, which says who it takes the caller for."""

from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

import codestax.common.converters  # noqa: F401 - registers the converter "id"
from orgs.api.scoping import OrganizationScoped
from orgs.domain.roles import Role


class Whoami(OrganizationScoped):
    write_role = Role.MEMBER

    def get(self, request, row_id=None):
        return Response(
            {
                "org": self.organization.slug,
                "role": self.role,
                "email": self.membership.user.email,
                "user": request.user.email,
            }
        )

    def post(self, request):
        raise ValidationError({"body": ["is never valid"]})


class OwnersOnly(OrganizationScoped):
    read_role = Role.OWNER
    keys_allowed = False

    def get(self, request):
        return Response({})


urlpatterns = [
    path("api/whoami", Whoami.as_view()),
    path("api/whoami/<id:row_id>", Whoami.as_view()),
    path("api/owners", OwnersOnly.as_view()),
]
