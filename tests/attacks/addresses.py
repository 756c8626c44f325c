"""Every address that the URL resolver routes, each filled with what a world holds."""

from dataclasses import dataclass

from django.urls import URLPattern, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    """A route's full name, its path as it is declared, and the names of its parts."""

    name: str
    pattern: str
    parts: tuple[str, ...]
    view: object

    def __str__(self):
        return self.name or self.pattern

    @property
    def is_api(self):
        return self.pattern.startswith("api/")

    @property
    def is_admin(self):
        return self.pattern.startswith("admin/")

    @property
    def model(self):
        """`app_model` of a support page on one row."""
        return self.name.removeprefix("admin:").rpartition("_")[0]


def _walk(patterns, prefix="", namespace=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            parts = (*pattern.pattern.converters, *pattern.pattern.regex.groupindex)
            name = namespace + pattern.name if pattern.name else ""
            yield Route(name, path, tuple(dict.fromkeys(parts)), pattern.callback)
        else:
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _walk(pattern.url_patterns, path, namespace + space)


ROUTES = list(_walk(get_resolver().url_patterns))
# Two without a name: the front door's second path, and what the support site does not know.
NAMED = [route for route in ROUTES if route.name]


def address(route, ids):
    """The route's path. `ids` gives the parts by name, and a row's id by its `app_model`."""
    if route.name.endswith("_act"):
        return _act_address(route, ids)
    known = {**ids, "object_id": ids.get(route.model), "app_label": "orgs"}
    return reverse(route.name, kwargs={part: known[part] for part in route.parts})


def _act_address(route, ids):
    name = ids["acts"].get(route.model, "none")
    return reverse(route.name, args=[ids[route.model], name])
