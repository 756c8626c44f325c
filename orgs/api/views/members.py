from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from codestax.common.paging import PAGE_PARAMETERS, page_schema, paged
from codestax.common.schema import MessageOut, errors
from orgs.api.scoping import OrganizationScoped
from orgs.api.serializers import MemberAddIn, MemberOut, MemberUpdateIn
from orgs.api.views.answers import valid
from orgs.models import Membership
from orgs.services import members


class MembersView(OrganizationScoped):
    """What all views of members share: for people who have signed in."""

    keys_allowed = False


class MemberList(MembersView):
    @extend_schema(
        operation_id="members_list",
        summary="List members",
        parameters=PAGE_PARAMETERS,
        responses={200: page_schema(MemberOut)} | errors(400, 403),
    )
    def get(self, request: Request) -> Response:
        rows = Membership.objects.of(self.organization).select_related("user")
        return paged(request, rows, MemberOut)

    @extend_schema(
        operation_id="members_add",
        summary="Add a member",
        description="The member is invited by mail: with a link to set a password, or to sign in.",
        request=MemberAddIn,
        responses={201: MemberOut} | errors(400, 403),
    )
    def post(self, request: Request) -> Response:
        added = members.add_member(
            acting=self.membership, organization=self.organization, **valid(MemberAddIn, request)
        )
        return Response(MemberOut(added).data, status=201)


class MemberDetail(MembersView):
    @extend_schema(
        operation_id="members_update",
        summary="Change a member's role",
        request=MemberUpdateIn,
        responses={200: MemberOut} | errors(400, 403, 404),
    )
    def patch(self, request: Request, member_id: int) -> Response:
        member = self._find(member_id)
        changed = members.change_role(
            acting=self.membership, member=member, **valid(MemberUpdateIn, request)
        )
        return Response(MemberOut(changed).data)

    @extend_schema(
        operation_id="members_remove",
        summary="Remove a member",
        description="The member's API keys end too.",
        responses={200: MessageOut} | errors(400, 403, 404),
    )
    def delete(self, request: Request, member_id: int) -> Response:
        members.remove_member(acting=self.membership, member=self._find(member_id))
        return Response({"message": "Member removed"})

    def _find(self, member_id: int) -> Membership:
        rows = Membership.objects.of(self.organization).select_related("org")
        found: Membership = get_object_or_404(rows, pk=member_id)
        return found
