"""`make screenshots`: a picture of every screen into docs/screenshots/, from the demo.

Needs nothing but a Chromium: the demo is loaded into a database made for it and dropped again.
"""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.browser import chromium
from tests.browser.axe import DESKTOP, PHONE
from tests.browser.screens import SCREENS
from tests.browser.stage import served_demo

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
_SCHEMES = ("light", "dark")
_WIDTHS = {"desktop": DESKTOP, "phone": PHONE}
# The flat ones, as they are, and most edges of letters; more makes files larger and none clearer.
_COLOURS = 128
_LEAST_DISTANCE = 12
# Of a list without an end the beginning tells enough.
_MOST_PIXELS = 2400


def main():
    path = chromium.find() or sys.exit(chromium.MISSING)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        TemporaryDirectory() as directory,
        served_demo(Path(directory)) as stage,
        chromium.running(path) as browser,
    ):
        for name, screen in SCREENS.items():
            _take(browser, stage, name, screen)
    sizes = [picture.stat().st_size for picture in FOLDER.glob("*.png")]
    print(f"{len(sizes)} pictures, {sum(sizes) / 1e6:.1f} MB")  # noqa: T201


def _take(browser, stage, name, screen):
    """One visit in all its looks, so that they show the same."""
    context = browser.new_context(base_url=stage.url, viewport=DESKTOP, reduced_motion="reduce")
    stage.enter(context, screen.who)
    page = context.new_page()
    screen.open_on(page, stage)
    for width, size in _WIDTHS.items():
        page.set_viewport_size(size)
        if screen.is_scrolled:
            page.set_viewport_size({**size, "height": _height(page)})
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            _save(page.screenshot(), FOLDER / f"{name}-{scheme}-{width}.png")
    context.close()


def _height(page):
    """As high as the page, so that what stays at an edge of the window is at the page's edge."""
    return min(page.evaluate("document.scrollingElement.scrollHeight"), _MOST_PIXELS)


def _save(png, file):
    with Image.open(BytesIO(png)) as picture:
        seen = picture.convert("RGB")
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in _main_colours(seen) for channel in colour])
    seen.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)


def _main_colours(picture):
    """The commonest, none of which is nearly another: white stays white beside a grey edge."""
    found = sorted(picture.getcolors(picture.width * picture.height), reverse=True)
    chosen = []
    for _, colour in found:
        if all(_distance(colour, other) >= _LEAST_DISTANCE for other in chosen):
            chosen.append(colour)
        if len(chosen) == _COLOURS:
            break
    return chosen


def _distance(one, other):
    return sum(abs(here - there) for here, there in zip(one, other, strict=True))


if __name__ == "__main__":
    main()
