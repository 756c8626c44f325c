"""The base of every view of one organization: its credential, its role, its rows."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, cast

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from codestax.common.rendering import OneRenderer
from orgs.api import rates
from orgs.api.authentication import Credential
from orgs.domain.roles import Role
from orgs.models import Membership, Organization
from orgs.services.rates import Allowance


class RolePermission(BasePermission):
    """The role that the view asks for: one for reading, one for everything else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scoped = cast("OrganizationScoped", view)
        reads = request.method in SAFE_METHODS
        if scoped.credential.key is not None and not (reads or scoped.keys_allowed):
            raise PermissionDenied("API keys never manage keys or members: sign in for this.")
        needed = scoped.read_role if reads else scoped.write_role
        if not scoped.role.allows(needed):
            raise PermissionDenied(f"Org {needed} role required")
        return True


class OrganizationScoped(APIView):
    """A view whose caller acts for one organization.

    The checks stand before the handler: 401, 429, 403, then the handler's 404, 400 and 402. A
    handler starts every query with `.of(self.organization)`, so that others' rows are not found.
    """

    read_role: ClassVar[Role] = Role.VIEWER
    write_role: ClassVar[Role] = Role.ADMIN
    keys_allowed: ClassVar[bool] = True  # for what changes something
    permission_classes = [IsAuthenticated, RolePermission]
    content_negotiation_class = OneRenderer
    _allowances: Sequence[Allowance] = ()

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self._allowances = rates.take(request)
        rates.refuse(self._allowances)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        rates.describe(response, self._allowances)
        return super().finalize_response(request, response, *args, **kwargs)

    @cached_property
    def credential(self) -> Credential:
        return cast("Credential", self.request.auth)

    @property
    def membership(self) -> Membership:
        return self.credential.membership

    @property
    def organization(self) -> Organization:
        return self.credential.organization

    @property
    def role(self) -> Role:
        """What the caller may do: a key's role may be lower than its member's."""
        return self.credential.role
