"""A browser's ways to a provider and back, and what they lead to."""

import re
from html import unescape

from django.test import Client

from audit.models import AuditLogSaaS
from audit.services import SYSTEM

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
DASHBOARD, SETTINGS = "/dashboard/compliance", "/dashboard/settings"
LOGIN, START, CALLBACK = "/login", "/login/sso/acme", "/login/sso/acme/callback"
CONNECT, DISCONNECT = f"{SETTINGS}/sso/acme", f"{SETTINGS}/sso/acme/disconnect"
NOBODY = "Single sign-on did not find a member for this account; ask an owner of your organization."
UNCONFIRMED = "Acme Directory has not confirmed who you are: begin again."
AWAY = "Acme Directory does not answer as it should"


def address_in(page):
    assert page.status_code == 200, page.content.decode()
    return unescape(re.search(r'url=([^"]+)"', page.content.decode())[1])


def go(client, idp, at=START, **form):
    """The way to the provider and back; the callback's (path, query)."""
    return idp.browse(address_in(client.post(at, form)))


def come_in(client, idp, **form):
    path, query = go(client, idp, **form)
    return client.get(path, query)


def text_of(answer):
    return unescape(answer.content.decode())


def is_in(client):
    return client.get(DASHBOARD).status_code == 200


def log(org=None):
    """The codes of what somebody did, in all logs or one organization's."""
    entries = AuditLogSaaS.objects.all() if org is None else AuditLogSaaS.objects.filter(org=org.pk)
    rows = entries.exclude(actor_email=SYSTEM).order_by("id")
    return list(rows.values_list("action", flat=True))


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser
