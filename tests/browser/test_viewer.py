"""A viewer sees everything that is scored, is offered nothing to change, and is refused."""

import pytest
from playwright.sync_api import expect

from compliance.queries import current_policy
from tests.browser.marks import BROWSER
from tests.compliance.builders import NOW, save_framework, scan
from tests.pages.compliance.shown import address

pytestmark = BROWSER

PICKER = "/dashboard/compliance/frameworks"
MEMBERS = "/dashboard/settings/members"


@pytest.fixture
def page(page_as, viewer, repository):
    scan(repository, at=NOW)
    save_framework(repository.org)
    return page_as(viewer)


@pytest.mark.parametrize("path", [PICKER, f"{PICKER}/soc2", f"{PICKER}/internal_sec", MEMBERS])
def test_nothing_to_change_is_offered(page, path):
    page.goto(path)

    main = page.get_by_role("main")
    expect(main.get_by_role("heading").first).to_be_visible()
    expect(main.locator("form[method=post], input[type=checkbox]")).to_have_count(0)
    expect(main.get_by_role("link", name="Edit")).to_have_count(0)
    expect(main.get_by_role("link", name="Delete")).to_have_count(0)


def test_a_repository_is_seen_whole(page, repository):
    page.goto(address(repository))

    expect(page.get_by_role("region", name="Summary")).to_contain_text("Coverage")
    expect(page.get_by_role("heading", name="SOC 2 Type II")).to_be_visible()


@pytest.mark.parametrize("path", ["/dashboard/settings/keys", f"{PICKER}/custom/_new"])
def test_pages_of_admins_are_refused(page, path):
    answer = page.goto(path)

    assert answer.status == 403
    expect(page.get_by_role("main")).to_contain_text("admin")


@pytest.mark.parametrize(
    "path",
    [PICKER, f"{PICKER}/soc2", f"{PICKER}/custom/internal_sec/_delete", MEMBERS],
)
def test_a_form_that_is_sent_all_the_same_changes_nothing(page, repository, path):
    page.goto(PICKER)
    before = current_policy(repository.org)

    # The form that signs out has the page's token; it is sent where an admin's form goes.
    button = page.get_by_role("button", name="Sign out")
    button.evaluate("(button, path) => { button.form.action = path; }", path)
    with page.expect_navigation() as sent:
        button.click()

    assert sent.value.status == 403
    assert current_policy(repository.org) == before
