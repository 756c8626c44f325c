"""The dashboard's navigation, and the tabs of its settings."""

from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from orgs.domain.roles import Role

# Label, route, and a symbol of templates/partials/icons.html.
_PAGES = (
    ("Compliance", "dashboard", "shield"),
    ("Frameworks", "dashboard-frameworks", "list"),
    ("Audit log", "dashboard-audit", "clock"),
    ("Settings", "dashboard-settings", "sliders"),
)
# Label, route, and the lowest role that may open it.
_SETTINGS = (
    ("Profile", "dashboard-settings", Role.VIEWER),
    ("Members", "dashboard-members", Role.VIEWER),
    ("API keys", "dashboard-keys", Role.ADMIN),
)


@dataclass(frozen=True)
class Link:
    """An entry; `is_current` where the open page is this one or below it."""

    label: str
    url: str
    is_current: bool
    icon: str = ""


@cache
def _urls() -> list[str]:
    """The main pages' addresses, which stay while the process does."""
    return [reverse(name) for _, name, _ in _PAGES]


def navigation(path: str, tab: str | None = None) -> list[Link]:
    """The main pages as seen from `path`: the longest address that it starts with is current.

    A page under a tab of the settings belongs to them wherever its own address is.
    """
    urls = _urls()
    seen = reverse(tab) if tab else path
    above = [url for url in urls if seen == url or seen.startswith(f"{url}/")]
    current = max(above, key=len, default="")
    return [
        Link(label, url, url == current, icon)
        for (label, _, icon), url in zip(_PAGES, urls, strict=True)
    ]


def settings_tabs(current: str, role: Role) -> list[Link]:
    """The tabs that a member of this role may open; `current` is the open one's route."""
    return [
        Link(label, reverse(name), name == current)
        for label, name, needed in _SETTINGS
        if role.allows(needed)
    ]
