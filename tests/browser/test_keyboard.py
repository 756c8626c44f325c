"""Everything by keyboard alone, with the focus always in sight."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import DESKTOP, PHONE
from tests.browser.marks import BROWSER
from tests.compliance.builders import enabled_keys
from tests.pages.addresses import EMAIL, PASSWORD

pytestmark = BROWSER

_MOST_STOPS = 60
# The name of what has the focus, and whether a person sees that it has it.
_FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect();
    const style = getComputedStyle(at);
    const label = at.labels?.[0]?.textContent ?? at.textContent;
    const above = document.elementFromPoint(
        box.left + box.width / 2, Math.min(box.top + box.height / 2, innerHeight - 1),
    );
    return {
        name: (at.getAttribute("aria-label") ?? label).trim().replace(/\\s+/g, " "),
        isBody: at === document.body,
        isCovered: !at.contains(above) && !above?.contains(at),
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
            && box.width > 0 && box.bottom > 0 && box.right > 0
            && box.top < innerHeight && box.left < innerWidth,
    };
}"""


def press_tab_until(page, name):
    """Go from stop to stop to the one whose name begins so; each must be seen."""
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        assert focus["seen"], f"Nobody sees that {focus['name']!r} has the focus"
        if focus["name"].startswith(name):
            return
    pytest.fail(f"The keyboard does not reach {name!r}")


@pytest.fixture
def signed_in(page_as, ada):
    page = page_as()
    page.goto("/login")
    page.keyboard.type(EMAIL)  # the field has the focus when the page is there
    press_tab_until(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/dashboard/compliance")
    return page


def test_the_first_stop_leads_past_the_navigation(signed_in):
    page = signed_in

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("main").locator(":focus")).to_have_count(1)


def test_frameworks_are_chosen_and_saved(signed_in, ada):
    page = signed_in
    press_tab_until(page, "Frameworks")
    page.keyboard.press("Enter")
    page.wait_for_url("/dashboard/compliance/frameworks")

    press_tab_until(page, "All that the plan includes")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Only what is ticked below")).to_be_checked()
    press_tab_until(page, "OWASP")
    page.keyboard.press("Space")
    press_tab_until(page, "Save")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("Enabled frameworks updated.")
    assert enabled_keys(ada.org) == ["soc2", "iso27001", "pcidss", "nist_csf"]


def test_the_question_before_a_removal_takes_the_focus_and_gives_it_back(
    page_as, admin, organization
):
    page = page_as(admin)
    page.goto("/dashboard/settings/keys")
    page.get_by_label("Name").fill("pipeline")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="copy it now")).to_be_visible()

    press_tab_until(page, "Revoke pipeline")
    page.keyboard.press("Enter")
    press_tab_until(page, "Cancel")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Revoke pipeline")).to_be_focused()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["custom/_new", "soc2"])
def test_what_stays_at_the_edge_covers_nothing_that_has_the_focus(page_as, admin, path, size):
    page = page_as(admin)
    page.set_viewport_size(size)
    page.goto(f"/dashboard/compliance/frameworks/{path}")

    stops = list(_stops(page))

    assert 20 < len(stops) < _MOST_STOPS
    assert [stop["name"] for stop in stops if stop["isCovered"]] == []


def _stops(page):
    """What has the focus at each stop, to where the browser's own begin."""
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus["isBody"]:
            return
        yield focus
