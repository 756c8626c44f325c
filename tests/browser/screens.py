"""Every page that a person can see, by name: its address, its reader, and what is done on it.

Tests look at each of them, and `make screenshots` takes its picture.
"""

import time
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.browser.stage import GUARDED

_COMPLIANCE = "/dashboard/compliance"
_FRAMEWORKS = f"{_COMPLIANCE}/frameworks"
_CUSTOM = f"{_FRAMEWORKS}/custom"
_SETTINGS = "/dashboard/settings"
_SUPPORT = "/admin/orgs"
_REPOSITORY = f"{_COMPLIANCE}/repos/{{repository}}"


def _as_it_is(page):
    pass


@dataclass(frozen=True)
class Screen:
    """`path` may name {places} of the stage, such as {repository}.

    A picture of it shows the whole page, unless something lies over the part in sight.
    """

    path: str
    who: str = "owner"
    do: Callable[[Any], None] = _as_it_is
    is_scrolled: bool = True

    def open_on(self, page, stage):
        page.goto(self.path.format(**stage.places))
        self.do(page)


def _refused(page):
    page.get_by_label("Email").fill("owner@acme.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def _half_sign_in(page):
    page.get_by_label("Email").fill(GUARDED["email"])
    page.get_by_label("Password").fill(GUARDED["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Second step").wait_for()


def _send_a_form_without_its_cookie(page):
    page.context.clear_cookies()
    page.get_by_label("Email").fill("owner@acme.example")
    page.get_by_label("Password").fill("whatever it is")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="The form has expired").wait_for()


def _turn_on_two_step(page):
    """As an authenticator app would: six digits of the key and the time."""
    secret = b32decode(page.locator(".secret").inner_text())
    code = TOTP(secret, 6, SHA1(), 30).generate(int(time.time()))  # noqa: S303 - RFC 6238
    page.get_by_label("Present password").fill(GUARDED["password"])
    page.get_by_label("Code").fill(code.decode())
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("heading", name="Two-step sign-in is on").wait_for()


def _find_by_a_member(page):
    page.get_by_role("textbox").first.fill("auditor@trustworthy.example")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Acme").wait_for()


def _preview_a_choice(page):
    page.get_by_label("Only what is ticked below").check()
    page.get_by_label("HIPAA").uncheck()
    page.get_by_label("NIST").uncheck()
    _preview(page)


def _ask_for_a_locked_one(page):
    page.get_by_label("Only what is ticked below").check()
    page.get_by_label("HIPAA").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()


def _preview_not_applicable(page):
    page.get_by_label("Not Applicable: CC6.1").check()
    _preview(page)


def _preview(page):
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Preview: nothing is saved yet").wait_for()


def _save_an_empty_form(page):
    page.get_by_label("Name").first.fill("Internal Security Policy")
    page.get_by_label("Key").fill("Internal Security")
    page.get_by_label("Id").first.fill("ISP-1")
    page.get_by_role("button", name="Save").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def _open_an_entry(page):
    page.get_by_text("grc-sync").first.wait_for(state="attached")
    page.locator("summary", has_text="Controls").first.click()


def _make_a_key(page):
    page.get_by_label("Name").fill("payments pipeline")
    page.get_by_role("button", name="Make key").click()
    page.get_by_role("heading", name="copy it now").wait_for()


def _ask_before_revoking(page):
    page.get_by_role("button", name="Revoke checkout pipeline").click()


def _open_the_numbers(page):
    page.get_by_text("Numbers", exact=True).click()


SCREENS = {
    "sign-in": Screen("/login", "stranger"),
    "password-reset": Screen("/password/reset", "stranger"),
    "password-reset-sent": Screen("/password/reset/sent", "stranger"),
    "password-reset-link": Screen("/password/reset/{reset}", "stranger"),
    "password-reset-ended": Screen("/password/reset/MQ/ended-link", "stranger"),
    "sign-in-code": Screen("/login", "stranger", _half_sign_in),
    "two-step": Screen("/two-step", "newcomer"),
    "two-step-off": Screen("/two-step/off", "guarded"),
    "two-step-new-codes": Screen("/two-step/recovery-codes", "guarded"),
    "organization": Screen(_COMPLIANCE),
    "organization-empty": Screen(_COMPLIANCE, "newcomer"),
    "repository": Screen(_REPOSITORY),
    "repository-numbers": Screen(f"{_REPOSITORY}?days=365", do=_open_the_numbers),
    "control": Screen(f"{_COMPLIANCE}/repos/{{infrastructure}}/control?framework=soc2&id=CC7.2"),
    "frameworks": Screen(_FRAMEWORKS),
    "frameworks-preview": Screen(_FRAMEWORKS, do=_preview_a_choice),
    "frameworks-upgrade": Screen(_FRAMEWORKS, do=_ask_for_a_locked_one),
    "frameworks-viewer": Screen(_FRAMEWORKS, "viewer"),
    "framework": Screen(f"{_FRAMEWORKS}/soc2?repo_id={{repository}}"),
    "framework-preview": Screen(f"{_FRAMEWORKS}/soc2", do=_preview_not_applicable),
    "framework-viewer": Screen(f"{_FRAMEWORKS}/soc2", "viewer"),
    "custom-framework-new": Screen(f"{_CUSTOM}/_new"),
    "custom-framework-refused": Screen(f"{_CUSTOM}/_new", do=_save_an_empty_form),
    "custom-framework-edit": Screen(f"{_CUSTOM}/internal_sec"),
    "custom-framework-delete": Screen(f"{_CUSTOM}/internal_sec/_delete"),
    "audit-log": Screen("/dashboard/audit-logs", do=_open_an_entry),
    "audit-log-no-match": Screen("/dashboard/audit-logs?actor=nobody@acme.example"),
    "settings-profile": Screen(_SETTINGS),
    "settings-profile-two-step": Screen(_SETTINGS, "guarded"),
    "settings-sessions": Screen(f"{_SETTINGS}/sessions"),
    "settings-password": Screen("/password/change"),
    "settings-members": Screen(f"{_SETTINGS}/members"),
    "settings-member-second-step": Screen(
        f"{_SETTINGS}/members/{{guarded_member}}/second-step", "guardian"
    ),
    "settings-keys": Screen(f"{_SETTINGS}/keys"),
    "settings-key-revoke": Screen(f"{_SETTINGS}/keys", do=_ask_before_revoking, is_scrolled=False),
    "forbidden": Screen(f"{_SETTINGS}/keys", "viewer"),
    "not-found": Screen(f"{_COMPLIANCE}/repos/999999"),
    "form-expired": Screen("/login", "stranger", _send_a_form_without_its_cookie),
    "no-organization": Screen(_COMPLIANCE, "outsider"),
    "support-sign-in": Screen("/admin/login/", "stranger"),
    "support": Screen("/admin/", "staff"),
    "support-organizations": Screen(f"{_SUPPORT}/organization/", "staff", _find_by_a_member),
    "support-organization": Screen(f"{_SUPPORT}/organization/{{organization}}/change/", "staff"),
    "support-key": Screen(f"{_SUPPORT}/apikey/{{key}}/change/", "staff"),
    # These leave something behind that the others would show.
    "sign-in-refused": Screen("/login", "stranger", _refused),
    "two-step-codes": Screen("/two-step", "beginner", _turn_on_two_step),
    "settings-key-made": Screen(f"{_SETTINGS}/keys", do=_make_a_key),
}
