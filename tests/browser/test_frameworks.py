"""Choosing frameworks and controls, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from compliance.queries import current_policy
from tests.browser.marks import BROWSER
from tests.compliance.builders import NOW, enabled_keys, scan, secrets

pytestmark = BROWSER

FRAMEWORKS = "/dashboard/compliance/frameworks"


@pytest.fixture(autouse=True)
def _scanned(repository):
    scan(repository, secrets(3), at=NOW)


def preview_of(page):
    return page.get_by_role("region", name="Preview: nothing is saved yet")


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_a_choice_is_previewed_and_then_saved(admins_page, organization):
    page = admins_page
    page.goto(FRAMEWORKS)
    page.get_by_label("Only what is ticked below").check()
    page.get_by_label("PCI DSS").uncheck()

    press(page, "Preview")

    expect(preview_of(page)).to_contain_text("checkout-service")
    assert enabled_keys(organization) is None
    expect(page.get_by_label("PCI DSS")).not_to_be_checked()

    press(page, "Save")

    expect(page.get_by_role("status")).to_have_text("Enabled frameworks updated.")
    expect(page.get_by_label("PCI DSS")).not_to_be_checked()
    assert enabled_keys(organization) == ["soc2", "iso27001", "owasp", "nist_csf"]


def test_a_framework_of_another_plan_is_an_upgrade_prompt(admins_page, organization):
    page = admins_page
    page.goto(FRAMEWORKS)
    page.get_by_label("Only what is ticked below").check()
    page.get_by_label("HIPAA").check()

    press(page, "Save")

    prompt = page.get_by_role("alert")
    expect(prompt).to_contain_text("requires the Enterprise plan")
    expect(prompt).to_contain_text("You are on the Team plan")
    assert enabled_keys(organization) is None

    page.get_by_role("checkbox", name="HIPAA").uncheck()
    press(page, "Save")

    expect(page.get_by_role("status")).to_have_text("Enabled frameworks updated.")


def test_a_control_is_marked_not_applicable(admins_page, organization):
    page = admins_page
    page.goto(f"{FRAMEWORKS}/soc2")
    page.get_by_label("Not Applicable: CC6.1").check()

    press(page, "Preview")

    expect(preview_of(page)).to_contain_text("checkout-service")
    assert current_policy(organization).disabled == {}

    press(page, "Save")

    expect(page.get_by_role("status")).to_have_text("Control selection updated.")
    expect(page.get_by_label("Not Applicable: CC6.1")).to_be_checked()
    assert list(current_policy(organization).disabled["soc2"]) == ["CC6.1"]


def test_recommendations_are_those_of_the_chosen_repository(admins_page, repository):
    page = admins_page
    page.goto(f"{FRAMEWORKS}/soc2")

    page.get_by_label("Recommendations for").select_option("checkout-service")
    press(page, "Show")

    page.wait_for_url(f"**/soc2?repo_id={repository.pk}")
    expect(page.get_by_label("Recommendations for")).to_have_value(str(repository.pk))
