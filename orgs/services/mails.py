"""The mails that the product sends: plain text, with a link to one of its pages.

Subjects are constant, and what a person has named stands in one line of the text, so that no name
can add a header or a sentence of its own.
"""

import logging
from collections.abc import Sequence
from threading import Thread
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from codestax.common.context import current_request
from orgs.models import ApiKey, Membership, User

SUPPORT = "the CodeStax support"
THREAD = "mail"

logger = logging.getLogger(__name__)


def password_reset(user: User) -> EmailMessage:
    values = {"email": user.email, "link": _password_link(user)}
    return _message("Set your CodeStax password", user, "orgs/password_reset_mail.txt", values)


def invitation(member: Membership, inviter: str | None) -> EmailMessage:
    """To set a password for who has none yet, and to sign in for who has one."""
    user = member.user
    is_new = not user.has_usable_password()
    values = {
        "organization": " ".join(member.org.name.split()),
        "inviter": inviter or SUPPORT,
        "email": user.email,
        "is_new": is_new,
        "link": _password_link(user) if is_new else _address("login"),
    }
    return _message("Your invitation to CodeStax", user, "orgs/invitation_mail.txt", values)


def leaked_key(key: ApiKey, url: str, *, to: Sequence[str]) -> EmailMessage:
    """That a key was found in public, at an address that is not ours: it stands there as text."""
    values = {
        "name": " ".join(key.name.split()),
        "prefix": key.prefix,
        "organization": " ".join(key.org.name.split()),
        "url": "".join(url.split()) or "(no address was given)",
        "link": _address("dashboard-keys"),
    }
    text = render_to_string("orgs/leaked_key_mail.txt", values)
    return EmailMessage("Your CodeStax API key was found in public", text, bcc=to)


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


def _message(subject: str, user: User, template: str, values: dict[str, Any]) -> EmailMessage:
    return EmailMessage(subject, render_to_string(template, values), to=[user.email])


def _password_link(user: User) -> str:
    token = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return _address("password-reset-confirm", **token)


def _address(name: str, **parts: str) -> str:
    """The page's address under the host that this request came to, one of ALLOWED_HOSTS."""
    request = current_request.get()
    if request is None:
        raise RuntimeError("A link needs the request, which knows the host.")
    return request.build_absolute_uri(reverse(name, kwargs=parts))
