"""axe-core over an open page: WCAG 2.2 A and AA, and its own best practices."""

import json

from axe_playwright_python.base import AXE_SCRIPT

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_CONTRAST = "color-contrast"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# No rule of these tags looks into style sheets; to load them, axe writes what no page may have.
_ALL = {"runOnly": {"type": "tag", "values": _TAGS}, "preload": False}
# What the colours decide is asked for in each scheme, everything else once for each width.
_COLOURS = {**_ALL, "runOnly": {"type": "rule", "values": [_CONTRAST]}}
_BUT_COLOURS = {**_ALL, "rules": {_CONTRAST: {"enabled": False}}}


def violations(page):
    """The elements of the page that break a rule, by the look in which they do; {} is none."""
    page.evaluate(AXE_SCRIPT)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    found = {"light": _run(page, _ALL)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = _run(page, _COLOURS)
    page.set_viewport_size(PHONE)
    found["phone"] = _run(page, _BUT_COLOURS)
    return {look: lines for look, lines in found.items() if lines}


def _run(page, options):
    asked = json.dumps({**options, "resultTypes": ["violations"]})
    rules = page.evaluate(f"axe.run({asked}).then((results) => results.violations)")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in rules
        for node in rule["nodes"]
    ]


def pixels_out_of_sight(page):
    """How far an open page scrolls sideways on a phone."""
    page.set_viewport_size(PHONE)
    return page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
