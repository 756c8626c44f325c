"""A second step that somebody has lost: who knows them gives their word before it is taken away.

It was set up by a password and the way in that an owner had opened. So the word of an owner is
asked for again; the password they have still. Who reaches further than one organization, and the
last owner of one, are the operator's to look at.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction

from codestax.common.acts import act
from codestax.common.errors import DomainError, ForbiddenError, NotFoundError
from codestax.common.tenancy import of_user
from orgs.domain.roles import Role
from orgs.models import Membership, Organization, User
from orgs.services import mails, second_factor
from orgs.services.members import locked_member
from orgs.services.passwords import confirm_password
from orgs.services.sign_in import verified_code
from orgs.services.two_step import take_away


class NotVouchedError(DomainError):
    """Nobody's word is good enough, or good at all, for taking this second step away."""

    code = "not_vouched"


def hindrance(*, acting: Membership, member: Membership) -> str | None:
    """Why this owner cannot vouch for the member, as far as they may know without a proof."""
    email = member.user.email
    if member.pk == acting.pk:
        return "Nobody vouches for themselves: ask another owner."
    if not second_factor.is_on(acting.user):
        return "Set up your own two-step sign-in first."
    if not second_factor.is_set_up(member.user):
        return f"{email} has no two-step sign-in."
    return None


def vouch(*, acting: Membership, member: Membership, password: str, code: str) -> None:
    """Take the second step from a member, on an owner's word: sessions and tokens end with it.

    `password` and `code` are the owner's own: WrongPasswordError, WrongCodeError and
    TooManyAttemptsError as at the sign-in. NotVouchedError where it is not theirs to do.
    """
    if found := hindrance(acting=acting, member=member):
        raise NotVouchedError(found)
    confirm_password(user=acting.user, password=password)
    verified_code(acting.user, code)
    voucher = acting.user.email
    with act("MFA_RESET", organization_id=member.org_id, vouched_by=[voucher]) as this:
        locked = locked_member(acting, member, this)
        if acting.role != Role.OWNER:
            raise ForbiddenError("Org owner role required")
        if _reaches_further(locked):
            raise NotVouchedError(
                f"The account of {locked.user.email} is not of this organization alone: ask the "
                "operator of this service to do it."
            )
        take_away(locked.user)
        _tell(locked, voucher)


def reset(*, email: str, vouched_by: Sequence[str] = (), proof: str = "") -> User:
    """Take the second step from a person: the operator's act, on the word of others.

    Of each of their organizations an owner has to vouch, another person. `proof` says what was
    asked for in their place where there is none, and for support staff in any case. NotVouchedError
    names what is missing.
    """
    user: User | None = User.objects.with_email(email)
    if user is None or not second_factor.is_set_up(user):
        raise NotFoundError(f"There is no user {email} with two-step sign-in.")
    words = _words(user, {one.lower() for one in vouched_by}, proof.strip())
    with transaction.atomic():
        take_away(user)
        for organization_id, word in words.items():
            with act("MFA_RESET", organization_id=organization_id, member=user.email) as this:
                this.metadata.update(word)
    return user


def _words(user: User, vouchers: set[str], proof: str) -> dict[int | None, dict[str, Any]]:
    """What each of the person's organizations reads, by their ids; None is what belongs to none."""
    words: dict[int | None, dict[str, Any]] = {}
    heard: set[str] = set()
    rows = user.memberships.select_related("org").order_by("org_id")
    for organization in [row.org for row in rows]:
        owners = _other_owners(organization, user)
        if not owners:
            words[organization.pk] = {"proof": _needed(proof, f"in {organization.slug}")}
            continue
        if not vouchers & set(owners):
            raise NotVouchedError(
                f"Nobody of {organization.slug} vouches for {user.email}: ask another owner of it, "
                "and name them by --vouched-by."
            )
        words[organization.pk] = {"vouched_by": sorted(vouchers & set(owners))}
        heard |= vouchers & set(owners)
    if strangers := vouchers - heard:
        raise NotVouchedError(
            f"{min(strangers)} is no other owner of an organization of {user.email}."
        )
    if user.is_staff or user.is_superuser or not words:
        words[None] = {"proof": _needed(proof, "among customers")}
    return words


def _needed(proof: str, where: str) -> str:
    if not proof:
        raise NotVouchedError(
            f"Nobody {where} can vouch for them: say by --proof what you have asked for instead."
        )
    return proof


def _other_owners(organization: Organization, user: User) -> list[str]:
    """The emails of those who could vouch."""
    rows = Membership.objects.of(organization).owners().exclude(user=user)
    return list(rows.filter(user__is_active=True).values_list("user__email", flat=True))


def _reaches_further(member: Membership) -> bool:
    user = member.user
    with of_user(user.pk):
        elsewhere = user.memberships.exclude(org=member.org_id).exists()
    return elsewhere or user.is_staff or user.is_superuser


def _tell(member: Membership, voucher: str) -> None:
    """Let those hear of it who would know that it is wrong."""
    others = {*_other_owners(member.org, member.user)} - {voucher}
    messages = [
        mails.second_step_taken(member, voucher),
        mails.second_step_vouched(member, voucher, to=sorted(others)),
    ]
    for message in messages:
        transaction.on_commit(partial(mails.send_later, message))
