"""Invitations: the mail that tells somebody that they are a member, and how to come in."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from codestax.common.context import current_request
from orgs.models import Membership
from orgs.services import guessing, mails
from orgs.services.guessing import TooManyAttemptsError


class TooManyInvitationsError(TooManyAttemptsError):
    """The same person was invited again and again; `wait` seconds must pass."""

    code = "too_many_invitations"
    sentence = "This invitation was sent several times just now: wait before you send it again."


def invite(member: Membership, *, by: Membership | None) -> None:
    """Mail an invitation once the transaction commits, and note it at `member`, unsaved.

    `by` is the member who invites; None is support staff. What happens is the same whether the
    email was known before or not: only its owner reads which of the two mails came. Without a
    request there is no address to link to, and nothing is sent.
    """
    if current_request.get() is None:
        return
    _count(member.user.email)
    member.invited_at = timezone.now()
    if member.user.is_active:
        message = mails.invitation(member, by.user.email if by else None)
        transaction.on_commit(partial(mails.send_later, message))


def _count(email: str) -> None:
    """Limit the mails to one person as those of a forgotten password are limited.

    By the email alone: an office that invites all its people must not end up locked out.
    """
    counted_as = f"invitation of {email}"
    try:
        guessing.refuse_guessing(counted_as, None)
    except TooManyAttemptsError as error:
        raise TooManyInvitationsError(error.wait) from error
    guessing.count_failure(counted_as, None)
