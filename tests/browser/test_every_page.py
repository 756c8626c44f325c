"""What holds for every page: axe finds nothing in light and dark, and a phone shows all of it."""

import pytest

from tests.browser.axe import pixels_out_of_sight, violations
from tests.browser.marks import BROWSER
from tests.browser.screens import SCREENS

pytestmark = BROWSER

# That page with its table opened is among them, and it takes long to look at.
LOOKED_AT = [name for name in SCREENS if name != "repository"]


@pytest.fixture
def shown(demo, new_context):
    """A page of the demo, opened by its name."""

    def open_screen(name):
        screen = SCREENS[name]
        context = new_context(demo.url)
        demo.enter(context, screen.who)
        page = context.new_page()
        screen.open_on(page, demo)
        return page

    return open_screen


@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_nothing_and_a_phone_shows_the_whole_page(shown, name):
    page = shown(name)

    assert (violations(page), pixels_out_of_sight(page)) == ({}, 0)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_would_find_what_nobody_can_read(shown, look):
    page = shown("sign-in")
    css = f"@media (prefers-color-scheme: {look}) {{ h1 {{ opacity: 0.1 }} }}"
    page.evaluate(
        """(css) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(css);
            document.adoptedStyleSheets = [sheet];
        }""",
        css,
    )

    found = violations(page)

    assert list(found) == [look]
    assert found[look][0].startswith("color-contrast: ['h1']")


def test_axe_would_find_what_nobody_can_name(shown):
    page = shown("sign-in")
    page.evaluate("document.querySelector('label').remove()")

    assert list(violations(page)) == ["light", "phone"]


def test_a_page_that_is_too_wide_for_a_phone_would_be_seen(shown):
    page = shown("sign-in")
    page.evaluate("document.querySelector('h1').style.width = '500px'")

    assert pixels_out_of_sight(page) > 100


def test_the_components_are_accessible_too(page_as, admin, settings):
    settings.DEBUG = True
    page = page_as(admin)

    page.goto("/dashboard/_styleguide")

    assert page.get_by_role("heading", name="Badges").is_visible()
    assert (violations(page), pixels_out_of_sight(page)) == ({}, 0)
