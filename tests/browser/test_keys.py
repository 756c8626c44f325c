"""A key is made, copied once, used by a pipeline, and revoked."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.marks import BROWSER

pytestmark = BROWSER

KEYS = "/dashboard/settings/keys"


@pytest.fixture
def page(page_as, admin):
    page = page_as(admin)
    page.goto(KEYS)
    return page


@pytest.fixture
def made(page):
    """The text of a key that was just made."""
    page.get_by_label("Name").fill("checkout pipeline")
    page.get_by_label("Expires after").select_option("30 days")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("heading", name="copy it now")).to_be_visible()
    return page.locator(".secret").inner_text()


def status_of(url, key):
    """What a pipeline's request with this key is answered."""
    request = urllib.request.Request(f"{url}/api/repos", headers={"X-API-Key": key})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return answer.status, json.load(answer)["results"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


def test_a_key_works_at_once(made, live_server):
    assert status_of(live_server.url, made) == (200, [])


def test_a_key_is_shown_once(page, made):
    page.goto(KEYS)

    assert made not in page.content()
    expect(page.get_by_role("row", name="checkout pipeline")).to_contain_text(made[:19])


def test_a_key_that_is_revoked_opens_nothing_any_more(page, made, live_server):
    page.goto(KEYS)
    page.get_by_role("button", name="Revoke checkout pipeline").click()
    question = page.get_by_text("Whatever uses this key is refused from now on.")
    expect(question).to_be_visible()

    page.locator("form.ask").get_by_role("button", name="Revoke", exact=True).click()

    expect(page.get_by_role("status")).to_have_text("The key checkout pipeline is revoked.")
    assert status_of(live_server.url, made) == (401, None)


def test_revoking_can_be_thought_better_of(page, made, live_server):
    page.goto(KEYS)
    page.get_by_role("button", name="Revoke checkout pipeline").click()

    page.keyboard.press("Escape")

    expect(page.get_by_text("Whatever uses this key")).to_be_hidden()
    assert status_of(live_server.url, made)[0] == 200
