"""What a browser or a program calls itself, as a person would say it."""

MOST_CHARS = 60
# A browser names those that it is like too, so the first that is found is the right one.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """Such as "Firefox on Linux"; what is no known browser is cut, and "" where nothing was sent.

    Anybody can send anything: it helps its owner to tell sessions apart, and proves nothing.
    """
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if not browser:
        shown = user_agent.strip()
        return shown if len(shown) <= MOST_CHARS else f"{shown[: MOST_CHARS - 1]}…"
    return f"{browser} on {system}" if system else browser


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
