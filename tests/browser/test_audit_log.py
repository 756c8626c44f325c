"""Reading the audit log: narrowed, and as files."""

import csv
import json

import pytest
from playwright.sync_api import expect

from tests.browser.marks import BROWSER
from tests.compliance.builders import enable, save_framework

pytestmark = BROWSER

LOG = "/dashboard/audit-logs"
SAVED = "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"


@pytest.fixture
def page(page_as, viewer, organization):
    """The log of an organization in which two things were done, read by a viewer."""
    enable(organization, ["soc2"])
    save_framework(organization)
    return page_as(viewer)


@pytest.fixture
def narrowed(page):
    page.goto(LOG)
    page.get_by_label("Action").select_option(SAVED)
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url(f"**action={SAVED}**")
    return page


@pytest.fixture
def exported(narrowed):
    """What a button gives, as (name, text)."""

    def press(name):
        with narrowed.expect_download() as started:
            narrowed.get_by_role("button", name=name).click()
        download = started.value
        return download.suggested_filename, download.path().read_text("utf-8")

    return press


def test_the_log_is_narrowed_to_one_kind_of_act(narrowed):
    entries = narrowed.get_by_role("region", name="Entries").locator("tbody tr")

    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Internal Security Policy")
    narrowed.get_by_role("link", name="Clear").click()
    expect(entries.filter(has_text="COMPLIANCE_FRAMEWORKS_UPDATED")).to_have_count(1)


def test_an_entry_opens_to_what_changed(narrowed):
    narrowed.locator("summary").click()

    expect(narrowed.locator("ins").filter(has_text="ISP-1").first).to_be_visible()


def test_what_is_narrowed_is_exported_as_csv(exported):
    name, text = exported("Export CSV")

    rows = list(csv.DictReader(text.splitlines()))
    assert name == "audit-log.csv"
    assert [row["action"] for row in rows] == [SAVED]


def test_what_is_narrowed_is_exported_as_json_lines(exported):
    name, text = exported("Export JSON lines")

    assert name == "audit-log.jsonl"
    begins, *rows = [json.loads(row) for row in text.splitlines()]
    assert begins["audit_log"]["complete"] is False
    assert [row["action"] for row in rows if "action" in row] == [SAVED]


def test_an_export_is_in_the_log_itself(exported, page):
    exported("Export CSV")

    page.goto(LOG)

    expect(page.locator("tbody tr").first).to_contain_text("AUDIT_LOG_EXPORTED")
