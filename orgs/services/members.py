"""Members: who belongs to an organization, and in which role.

`acting` is the member who asks; None is the operator of the service (a command, support staff),
whom only the rules of the organization itself bind.
"""

from contextlib import suppress

from codestax.common.acts import Act, act
from codestax.common.errors import DomainError, ForbiddenError, NotFoundError
from codestax.common.tenancy import of_user
from orgs.domain.roles import Role
from orgs.models import Membership, Organization, User
from orgs.queries import locked_organization
from orgs.services import invitations
from orgs.services.invitations import TooManyInvitationsError
from orgs.services.sign_in import end_all_of


class AlreadyMemberError(DomainError):
    """The user is a member of this organization already."""

    code = "already_member"


class LastOwnerError(DomainError):
    """The change would leave the organization without an owner."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("An organization needs an owner: make another member owner first.")


class CameInError(DomainError):
    """The member has signed in already: there is nothing to invite them to."""

    code = "came_in"


def add_member(
    *, acting: Membership | None, organization: Organization, email: str, role: Role
) -> Membership:
    """Add a user, made without a password where there is none, and invite them by mail."""
    User(email=email.lower()).clean_fields(exclude=["password"])
    with act(
        "MEMBER_ADDED",
        organization_id=organization.pk,
        member=email.lower(),
        member_role=role.value,
    ):
        _lock(organization, acting)
        _check_may_give(acting, role)
        user: User = User.objects.invited(email)
        if Membership.objects.of(organization).filter(user=user).exists():
            raise AlreadyMemberError("The user with this email is a member already.", field="email")
        member = Membership(org=organization, user=user, role=role.value)
        # Whoever is added and removed by turns is not flooded with mail; they are a member still.
        with suppress(TooManyInvitationsError):
            invitations.invite(member, by=acting)
        member.save()
        return member


def resend_invitation(*, acting: Membership | None, member: Membership) -> Membership:
    """Mail the invitation again to a member who has not signed in yet.

    CameInError to one who has; TooManyInvitationsError where the mails come too often.
    """
    with act("INVITATION_RESENT", organization_id=member.org_id) as this:
        found = locked_member(acting, member, this)
        if found.has_come_in:
            raise CameInError(
                f"{found.user.email} has signed in already: a new password is asked for at the "
                "sign-in page."
            )
        invitations.invite(found, by=acting)
        found.save(update_fields=["invited_at"])
        return found


def change_role(*, acting: Membership | None, member: Membership, role: Role) -> Membership:
    """Give a member another role; keys follow by themselves, since the lower role counts."""
    with act("MEMBER_ROLE_CHANGED", organization_id=member.org_id, member_role=role.value) as this:
        found = locked_member(acting, member, this)
        _check_may_give(acting, role)
        if role is not Role.OWNER:
            _check_other_owner(found)
        this.metadata["previous_role"] = found.role
        found.role = role.value
        found.save(update_fields=["role"])
        return found


def remove_member(*, acting: Membership | None, member: Membership) -> None:
    """End a membership and its keys; with the last one the user's sign-ins end too."""
    with act("MEMBER_REMOVED", organization_id=member.org_id) as this:
        found = locked_member(acting, member, this)
        _check_other_owner(found)
        found.delete()
        with of_user(found.user_id):
            is_member = found.user.memberships.exists()
        if not is_member:
            end_all_of(found.user)


def _lock(organization: Organization, acting: Membership | None) -> None:
    """Make changes of one organization's members wait for each other.

    Without it two owners who demote each other at once both succeed. What the actor may do is
    read again behind the lock.
    """
    locked_organization(organization)
    if acting is None:
        return
    try:
        acting.refresh_from_db(fields=["role"])
    except Membership.DoesNotExist as error:
        raise ForbiddenError("You are not a member any more.") from error


def locked_member(acting: Membership | None, member: Membership, this: Act) -> Membership:
    """The member as they are now, while changes of the organization's members wait.

    ForbiddenError where their role is above the actor's, who is read again too.
    """
    _lock(member.org, acting)
    rows = Membership.objects.of(member.org).select_related("user", "org")
    found: Membership | None = rows.filter(pk=member.pk).first()
    if found is None:
        raise NotFoundError("Not found.")
    this.metadata["member"] = found.user.email
    _check_may_give(acting, Role(found.role))
    return found


def _check_may_give(acting: Membership | None, role: Role) -> None:
    """Only owners make, change or remove owners: nobody deals in roles above their own."""
    if acting is not None and not Role(acting.role).allows(role):
        raise ForbiddenError(f"Org {role} role required")


def _check_other_owner(found: Membership) -> None:
    others = Membership.objects.of(found.org).owners().exclude(pk=found.pk)
    if found.role == Role.OWNER and not others.exists():
        raise LastOwnerError
