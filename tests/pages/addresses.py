"""A user, addresses of the settings, and what several tests ask of an answer."""

from tests.factories import MembershipFactory

SETTINGS = "/dashboard/settings"
MEMBERS, KEYS = f"{SETTINGS}/members", f"{SETTINGS}/keys"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
PAGES = [SETTINGS, MEMBERS, KEYS, "/password/change"]


def text_of(answer):
    return answer.content.decode()


def is_signed_in(browser):
    return browser.get(SETTINGS).status_code == 200


def member_of(org, role):
    return MembershipFactory(org=org, role=role)
