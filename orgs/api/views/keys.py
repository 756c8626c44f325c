from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from codestax.common.paging import PAGE_PARAMETERS, page_schema, paged
from codestax.common.schema import MessageOut, errors
from orgs.api.scoping import OrganizationScoped
from orgs.api.serializers import IssuedKeyOut, KeyCreateIn, KeyOut, KeyRotateIn
from orgs.api.views.answers import secret, valid
from orgs.domain.roles import Role
from orgs.models import ApiKey
from orgs.services import keys
from orgs.services.keys import IssuedKey


class KeysView(OrganizationScoped):
    """What all views of keys share: for admins who have signed in."""

    read_role = Role.ADMIN
    keys_allowed = False

    def find_key(self, key_id: int) -> ApiKey:
        rows = ApiKey.objects.of(self.organization).with_owner()
        found: ApiKey = get_object_or_404(rows, pk=key_id)
        return found


class KeyList(KeysView):
    @extend_schema(
        operation_id="keys_list",
        summary="List API keys",
        parameters=PAGE_PARAMETERS,
        responses={200: page_schema(KeyOut)} | errors(400, 403),
    )
    def get(self, request: Request) -> Response:
        return paged(request, ApiKey.objects.of(self.organization).with_owner(), KeyOut)

    @extend_schema(
        operation_id="keys_create",
        summary="Make an API key",
        description="The key acts for its maker. Its text is in this answer and in no other.",
        request=KeyCreateIn,
        responses={201: IssuedKeyOut} | errors(400, 403),
    )
    def post(self, request: Request) -> Response:
        issued = keys.create_key(acting=self.membership, **valid(KeyCreateIn, request))
        return secret(_issued(issued), status=201)


class KeyDetail(KeysView):
    @extend_schema(
        operation_id="keys_revoke",
        summary="Revoke an API key",
        responses={200: MessageOut} | errors(403, 404),
    )
    def delete(self, request: Request, key_id: int) -> Response:
        keys.revoke_key(key=self.find_key(key_id))
        return Response({"message": "API key revoked"})


class KeyRotation(KeysView):
    @extend_schema(
        operation_id="keys_rotate",
        summary="Replace an API key",
        description="The new key acts for who asks; the old one ends after the overlap.",
        request=KeyRotateIn,
        responses={201: IssuedKeyOut} | errors(400, 403, 404),
    )
    def post(self, request: Request, key_id: int) -> Response:
        key = self.find_key(key_id)
        issued = keys.rotate_key(acting=self.membership, key=key, **valid(KeyRotateIn, request))
        return secret(_issued(issued), status=201)


def _issued(issued: IssuedKey) -> dict[str, object]:
    return {"key": issued.text, **KeyOut(issued.key).data}
