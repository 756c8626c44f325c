"""Addresses of the framework pages, and what tests read off them."""

PICKER = "/dashboard/compliance/frameworks"
PICKER_PREVIEW = f"{PICKER}/_preview"
SOC2, SOC2_PREVIEW = f"{PICKER}/soc2", f"{PICKER}/soc2/_preview"
NEW, NEW_PREVIEW = f"{PICKER}/custom/_new", f"{PICKER}/custom/_new/_preview"
IMPORT = f"{PICKER}/custom/_import"


def text_of(answer):
    return " ".join(answer.content.decode().split())


def choose(browser, *keys, url=PICKER):
    return browser.post(url, {"scope": "chosen", "keys": list(keys)})


def previewed(answer):
    """The lines of the preview's table: name to (before, after) by heading."""
    table = answer.context["preview"]
    return {
        row.name: {
            heading: (cell.before, cell.after)
            for heading, cell in zip(table.headings, row.cells, strict=True)
        }
        for row in (table.total, *table.rows)
    }


def rows_of(answer):
    """The lines of a framework's controls, by control id."""
    return {row.control.id: row for group in answer.context["groups"] for row in group.rows}
