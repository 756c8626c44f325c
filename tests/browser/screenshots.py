"""`make screenshots`: a picture of every screen into docs/screenshots/, from the demo.

Needs nothing but a Chromium: the demo is loaded into a database made for it and dropped again.
"""

import sys
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
# Flat colours and grey edges of letters: more would make files larger and no picture clearer.
_COLOURS = 64
# Of a list without an end the beginning tells enough.
_MOST_PIXELS = 2600


def main():
    path = chromium.find() or sys.exit(chromium.MISSING)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with TemporaryDirectory() as directory, served_demo(Path(directory)) as stage:
        with chromium.running(path) as browser:
            for scheme in _SCHEMES:
                for width in _WIDTHS:
                    _take(browser, stage, scheme, width)
    size = sum(picture.stat().st_size for picture in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size / 1e6:.1f} MB")  # noqa: T201


def _take(browser, stage, scheme, width):
    for name, screen in SCREENS.items():
        context = browser.new_context(
            base_url=stage.url,
            viewport=_WIDTHS[width],
            color_scheme=scheme,
            reduced_motion="reduce",
            timezone_id="Europe/Berlin",
        )
        stage.enter(context, screen.who)
        page = context.new_page()
        screen.open_on(page, stage)
        file = FOLDER / f"{name}-{scheme}-{width}.png"
        page.screenshot(path=file, full_page=screen.is_scrolled, animations="disabled")
        context.close()
        _make_small(file)


def _make_small(file):
    with Image.open(file) as picture:
        seen = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, _MOST_PIXELS)))
    seen.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
