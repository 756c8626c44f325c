"""What the small scripts add to a page that is whole without them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.marks import BROWSER
from tests.compliance.builders import NOW, scan
from tests.factories import RepositoryFactory

pytestmark = BROWSER

COMPLIANCE = "/dashboard/compliance"
CHECKOUT = re.compile("checkout-service")


@pytest.fixture
def repositories(organization):
    for name in ("checkout-service", "platform-infra"):
        scan(RepositoryFactory(org=organization, name=name), at=NOW)


def test_lines_to_paste_are_copied_as_they_stand(page_as, admin):
    page = page_as(admin, permissions=["clipboard-read", "clipboard-write"])
    page.goto(COMPLIANCE)

    page.get_by_role("button", name="Copy").first.click()

    expect(page.get_by_role("button", name="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == "export CODESTAX_API_KEY=…"


def test_without_scripts_nothing_offers_to_copy(page_as, admin):
    page = page_as(admin, java_script_enabled=False)
    page.goto(COMPLIANCE)

    expect(page.get_by_text("export CODESTAX_API_KEY=…")).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_a_table_narrows_while_a_name_is_typed_and_widens_again(page_as, viewer, repositories):
    page = page_as(viewer)
    page.goto(COMPLIANCE)
    lines = page.locator("#repository-table tbody tr")

    page.get_by_role("searchbox", name="Name").fill(" CHECKOUT")
    expect(lines.filter(visible=True)).to_have_text([CHECKOUT])
    page.get_by_role("searchbox", name="Name").fill("")

    expect(lines.filter(visible=True)).to_have_count(2)


def test_without_scripts_the_server_narrows_it(page_as, viewer, repositories):
    page = page_as(viewer, java_script_enabled=False)
    page.goto(COMPLIANCE)

    page.get_by_role("searchbox", name="Name").fill("CHECKOUT")
    page.get_by_role("button", name="Filter").click()

    expect(page.locator("#repository-table tbody tr")).to_have_text([CHECKOUT])
