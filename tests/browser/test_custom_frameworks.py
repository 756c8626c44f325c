"""A framework of one's own: made from a form or from JSON, changed and deleted."""

import json

import pytest
from playwright.sync_api import expect

from compliance.queries import current_policy
from tests.browser.marks import BROWSER
from tests.compliance.builders import NOW, save_framework, scan, sent_control, sent_framework

pytestmark = BROWSER

CUSTOM = "/dashboard/compliance/frameworks/custom"


@pytest.fixture(autouse=True)
def _scanned(repository):
    scan(repository, at=NOW)


def controls_of(organization):
    """The ids and pass conditions of the organization's one framework."""
    (framework,) = current_policy(organization).custom
    return [(control.id, control.pass_condition) for control in framework.controls]


def line(page, number):
    return page.get_by_role("group", name=f"Control {number}", exact=True)


def fill(page, number, control_id, check_type):
    line(page, number).get_by_label("Id").fill(control_id)
    line(page, number).get_by_label("Name").fill(f"Rule {number}")
    line(page, number).get_by_label("Check type").select_option(check_type)


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_a_framework_is_made_from_lines_of_a_form(admins_page, organization):
    page = admins_page
    page.goto(f"{CUSTOM}/_new")
    page.get_by_label("Name").first.fill("Internal Security Policy")
    page.get_by_label("Key").fill("internal_sec")
    fill(page, 1, "ISP-1", "secrets")
    press(page, "Add lines")
    fill(page, 4, "ISP-4", "scan_recency")

    press(page, "Preview")

    expect(page.get_by_role("heading", name="Preview: nothing is saved yet")).to_be_visible()
    assert current_policy(organization).custom == ()

    press(page, "Save")

    expect(page.get_by_role("status")).to_have_text("Framework saved: Internal Security Policy.")
    assert [control_id for control_id, _ in controls_of(organization)] == ["ISP-1", "ISP-4"]


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(admins_page, organization):
    page = admins_page
    page.goto(f"{CUSTOM}/_new")
    page.get_by_label("Name").first.fill("Internal Security Policy")
    page.get_by_label("Key").fill("internal_sec")
    fill(page, 1, "ISP-1", "secrets")
    line(page, 1).get_by_label("Pass condition").fill("no_such_thing")

    press(page, "Save")

    field = line(page, 1).get_by_label("Pass condition")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("no_such_thing")
    assert current_policy(organization).custom == ()


def test_a_framework_is_imported_from_json_and_saved_after_a_look(
    admins_page, organization, tmp_path
):
    sent = tmp_path / "framework.json"
    sent.write_text(json.dumps(sent_framework("internal_sec", sent_control("ISP-7"))))
    page = admins_page
    page.goto(f"{CUSTOM}/_new")
    page.get_by_label("A JSON file").set_input_files(sent)

    press(page, "Import")

    expect(page.get_by_role("status")).to_contain_text("Nothing is saved yet")
    expect(line(page, 1).get_by_label("Id")).to_have_value("ISP-7")
    assert current_policy(organization).custom == ()

    press(page, "Save")

    expect(page.get_by_role("status")).to_have_text("Framework saved: Internal Security Policy.")
    assert controls_of(organization) == [("ISP-7", "no_critical_secrets")]


def test_a_framework_is_changed_and_a_control_taken_out(admins_page, organization):
    save_framework(organization, "internal_sec", sent_control("ISP-1"), sent_control("ISP-2"))
    page = admins_page
    page.goto("/dashboard/compliance/frameworks/internal_sec")
    page.get_by_role("link", name="Edit").click()
    line(page, 1).get_by_label("Pass condition").fill("no_high_secrets")
    line(page, 2).get_by_label("Remove").check()

    press(page, "Save")

    expect(page.get_by_role("status")).to_contain_text("Framework saved")
    assert controls_of(organization) == [("ISP-1", "no_high_secrets")]


def test_a_framework_is_deleted_after_a_warning_of_what_goes_with_it(admins_page, organization):
    save_framework(organization, "internal_sec", sent_control("ISP-1"), sent_control("ISP-2"))
    page = admins_page
    page.goto("/dashboard/compliance/frameworks/internal_sec")

    page.get_by_role("link", name="Delete").click()

    warning = page.get_by_role("region", name="What this removes")
    expect(warning).to_contain_text("internal_sec with its 2 controls")
    expect(warning).to_contain_text("for every repository")
    assert len(current_policy(organization).custom) == 1

    press(page, "Delete the framework")

    expect(page.get_by_role("status")).to_have_text("Framework deleted.")
    assert current_policy(organization).custom == ()
