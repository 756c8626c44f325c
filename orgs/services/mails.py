"""The mails that the product sends: plain text, with a link to one of its pages.

Subjects are constant, and what a person has named stands in one line of the text, so that no name
can add a header or a sentence of its own.
"""

import logging
from collections.abc import Sequence
from threading import Thread
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from orgs.models import ApiKey, Membership, Organization, User
from orgs.services import links

SUPPORT = "the CodeStax support"
THREAD = "mail"

logger = logging.getLogger(__name__)


def password_reset(user: User) -> EmailMessage:
    values = {"email": user.email, "link": links.mailed_password_link(user), "life": links.life()}
    return _message("Set your CodeStax password", user, "orgs/password_reset_mail.txt", values)


def invitation(member: Membership, inviter: str | None) -> EmailMessage:
    """To set a password for who has none yet, and to sign in for who has one."""
    user = member.user
    is_new = not user.has_usable_password()
    values = {
        "organization": _named(member.org),
        "inviter": inviter or SUPPORT,
        "email": user.email,
        "is_new": is_new,
        "link": links.mailed_password_link(user) if is_new else links.address("login"),
        "life": links.life(),
    }
    return _message("Your invitation to CodeStax", user, "orgs/invitation_mail.txt", values)


def leaked_key(key: ApiKey, url: str, *, to: Sequence[str]) -> EmailMessage:
    """That a key was found in public, at an address that is not ours: it stands there as text."""
    values = {
        "name": " ".join(key.name.split()),
        "prefix": key.prefix,
        "organization": _named(key.org),
        "url": "".join(url.split()) or "(no address was given)",
        "link": links.address("dashboard-keys"),
    }
    text = render_to_string("orgs/leaked_key_mail.txt", values)
    return EmailMessage("Your CodeStax API key was found in public", text, bcc=to)


def second_step_taken(member: Membership, voucher: str) -> EmailMessage:
    """To who had lost it, and who alone knows whether they have asked."""
    values = {
        "organization": _named(member.org),
        "voucher": voucher,
        "link": links.address("two-step"),
    }
    subject = "Your CodeStax second step was taken away"
    return _message(subject, member.user, "orgs/second_step_taken_mail.txt", values)


def second_step_vouched(member: Membership, voucher: str, *, to: Sequence[str]) -> EmailMessage:
    """To the other owners. Without any it goes nowhere."""
    values = {
        "organization": _named(member.org),
        "member": member.user.email,
        "voucher": voucher,
        "link": links.address("dashboard-audit"),
    }
    text = render_to_string("orgs/second_step_vouched_mail.txt", values)
    return EmailMessage("A second step was taken away at CodeStax", text, bcc=to)


def send_later(message: EmailMessage | None) -> Thread:
    """Send in a thread of its own: how long a mail server takes must not tell who is known.

    For None the thread does nothing.
    """
    thread = Thread(target=_send, args=(message,), name=THREAD, daemon=True)
    thread.start()
    return thread


def _send(message: EmailMessage | None) -> None:
    if message is None:
        return
    try:
        message.send()
    except OSError as error:  # whatever a mail server answers; its text may hold the address
        logger.warning("A mail could not be sent (%s): look at EMAIL_URL.", type(error).__name__)


def _named(organization: Organization) -> str:
    """Its name on one line, whatever somebody has typed."""
    return " ".join(organization.name.split())


def _message(subject: str, user: User, template: str, values: dict[str, Any]) -> EmailMessage:
    return EmailMessage(subject, render_to_string(template, values), to=[user.email])
